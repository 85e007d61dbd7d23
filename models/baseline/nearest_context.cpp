#include "models/baseline/nearest_context.h"

#include <ATen/ATen.h>

#include <limits>
#include <utility>

namespace brenier::models {
namespace nearest_context_detail {

// The rows of `keep` whose key is the smallest.
at::Tensor smallest(const at::Tensor& keep, const at::Tensor& key) {
  const at::Tensor masked = at::where(keep, key.to(at::kDouble), std::numeric_limits<double>::infinity());
  return keep.logical_and(masked == masked.min());
}

// The TorchScript form of choose(); the lines correspond.
constexpr const char* kScript = R"(
def smallest(self, keep: Tensor, key: Tensor) -> Tensor:
    masked = torch.where(keep, key.to(self.control_means.dtype), float('inf'))
    return torch.logical_and(keep, masked == masked.min())

def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    present = actions != 0
    if not bool(present.any()):
        return torch.zeros_like(self.deltas[0])
    theirs = self.doses != 0
    shared = torch.logical_and(theirs, present)
    keep = torch.ones_like(shared[:, 0])
    keep = self.smallest(keep, -shared.sum(1))
    keep = self.smallest(keep, (theirs != present).sum(1))
    gap = torch.nan_to_num((self.doses - actions).abs() / (self.doses.abs() + actions.abs()), 0.0)
    keep = self.smallest(keep, (gap * shared).sum(1))
    mean = control.to(self.control_means.dtype).mean(0)
    if bool(self.cosine):
        distance = 1.0 - torch.matmul(self.control_means, mean) / (self.control_means.norm(2, 1) * mean.norm(2))
    else:
        distance = (self.control_means - mean).norm(2, 1)
    keep = self.smallest(keep, torch.nan_to_num(distance, 2.0))
    return self.deltas[int(torch.argmax(keep.to(self.deltas.dtype)).item())]

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)";

}  // namespace nearest_context_detail

NearestContextModel::NearestContextModel(Task task, const NearestContextSettings& settings)
    : DeltaModel(std::move(task)), cosine_(settings.distance == "cosine") {}

void NearestContextModel::fit(const ContextEffects& effects) {
  deltas_ = effects.deltas.to(at::kFloat);
  control_means_ = effects.control_means;
}

std::vector<DeltaModel::Fitted> NearestContextModel::fitted() {
  const std::vector<std::int64_t> shape = {context_count(), gene_count()};
  return {{"deltas", &deltas_, shape, at::kFloat}, {"control_means", &control_means_, shape, at::kDouble}};
}

std::int64_t NearestContextModel::choose(const at::Tensor& control_mean, const ContextCode& code) const {
  using nearest_context_detail::smallest;
  const at::Tensor& doses = table().doses;
  const at::Tensor present = code.actions != 0;
  const at::Tensor theirs = doses != 0;
  const at::Tensor shared = theirs.logical_and(present);
  at::Tensor keep = at::ones({context_count()}, at::kBool);
  keep = smallest(keep, -shared.sum(1));
  keep = smallest(keep, (theirs != present).sum(1));
  keep = smallest(keep, (dose_gap(doses, code.actions) * shared).sum(1));
  at::Tensor distance;
  if (cosine_) {
    distance = 1.0 - at::matmul(control_means_, control_mean) / (control_means_.norm(2, 1) * control_mean.norm(2));
  } else {
    distance = (control_means_ - control_mean).norm(2, 1);
  }
  keep = smallest(keep, distance.nan_to_num(2.0));  // an all-zero control has no direction
  return at::argmax(keep.to(at::kLong)).item<std::int64_t>();
}

at::Tensor NearestContextModel::delta(const at::Tensor& control_mean, const ContextCode& code) const {
  return deltas_[choose(control_mean, code)];
}

std::int64_t NearestContextModel::nearest(const at::Tensor& control, const Context& context) const {
  require_fitted();
  return choose(control.to(at::kDouble).mean(0), context_code(task(), context));
}

Script NearestContextModel::export_script() const {
  require_fitted();
  return {nearest_context_detail::kScript,
          {{"doses", table().doses},
           {"cosine", at::scalar_tensor(cosine_, at::kBool)},
           {"deltas", deltas_},
           {"control_means", control_means_}}};
}

void NearestContextSettings::describe(Fields& fields) {
  fields.choice("distance", distance, {"euclidean", "cosine"},
                "Distance between mean control cells that decides which training context is nearest");
}

std::unique_ptr<Model> NearestContextSettings::build(const Task& task, std::uint64_t /*seed*/) const {
  return std::make_unique<NearestContextModel>(task, *this);
}

}  // namespace brenier::models
