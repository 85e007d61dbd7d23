#include "models/baseline/additive.h"

#include <ATen/ATen.h>

#include <set>
#include <utility>

namespace brenier::models {
namespace additive_detail {

// The TorchScript form of delta(); the lines correspond.
constexpr const char* kScript = R"(
def gap(self, doses: Tensor, dose: Tensor) -> Tensor:
    return torch.nan_to_num((doses - dose).abs() / (doses.abs() + dose.abs()), 0.0)

def least_squares_effect(self, action: int, dose: Tensor) -> Tensor:
    other = self.term_actions != action
    return self.term_effects[int(torch.argmin(self.gap(self.term_doses, dose) + 2.0 * other).item())]

def single_effect(self, action: int, dose: Tensor, covariates: Tensor) -> Tensor:
    theirs = self.doses[:, action]
    single = torch.logical_and((self.doses != 0).sum(1) == 1, theirs != 0)
    if not bool(single.any()):
        return self.least_squares_effect(action, dose)
    gap = torch.where(single, self.gap(theirs, dose), 2.0)
    keep = gap == gap.min()
    same = torch.logical_and(keep, (self.covariates == covariates).all(1))
    if bool(same.any()):
        keep = same
    weight = keep.to(self.deltas.dtype)
    return torch.matmul(weight / weight.sum(), self.deltas)

def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    delta = torch.zeros_like(self.deltas[0])
    count = int((actions != 0).sum().item())
    if count == 0:
        return delta
    for i in range(actions.size(0)):
        if bool(actions[i] != 0):
            if count == 1:
                delta = delta + self.least_squares_effect(i, actions[i])
            else:
                delta = delta + self.single_effect(i, actions[i], covariates)
    if count == 1:
        delta = delta + torch.matmul(covariates.to(delta.dtype), self.covariate_effects)
    return delta

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)";

}  // namespace additive_detail

AdditiveModel::AdditiveModel(Task task) : DeltaModel(std::move(task)) {
  const at::Tensor doses = table().doses.contiguous();
  std::set<std::pair<std::int64_t, float>> terms;
  const float* value = doses.const_data_ptr<float>();
  for (std::int64_t k = 0; k < doses.size(0); ++k) {
    for (std::int64_t a = 0; a < doses.size(1); ++a, ++value) {
      if (*value != 0.0F) terms.emplace(a, *value);
    }
  }
  std::vector<std::int64_t> term_actions;
  std::vector<float> term_doses;
  for (const auto& [action, dose] : terms) {
    term_actions.push_back(action);
    term_doses.push_back(dose);
  }
  term_actions_ = at::tensor(term_actions, at::kLong);
  term_doses_ = at::tensor(term_doses, at::kFloat);
}

void AdditiveModel::fit(const ContextEffects& effects) {
  deltas_ = effects.deltas.to(at::kFloat);
  const at::Tensor terms = (table().doses.index_select(1, term_actions_) == term_doses_).to(at::kDouble);  // [K, T]
  const at::Tensor one_hot = table().covariates.to(at::kDouble);                                           // [K, V]
  // Centre each column's block over the contexts that state it; a context that does not contributes 0.
  at::Tensor centre = at::zeros({one_hot.size(1)}, at::kDouble);
  at::Tensor stated = at::zeros_like(one_hot);
  std::int64_t begin = 0;
  for (const auto& [column, values] : task().covariates) {
    const auto width = static_cast<std::int64_t>(values.size());
    const at::Tensor block = one_hot.narrow(1, begin, width);
    const at::Tensor has = block.sum(1, /*keepdim=*/true);
    stated.narrow(1, begin, width).copy_(has.expand({one_hot.size(0), width}));
    centre.narrow(0, begin, width).copy_(block.sum(0) / has.sum().clamp_min(1.0));
    begin += width;
  }
  const at::Tensor design = at::cat({terms, one_hot - stated * centre}, 1);
  const at::Tensor solution = at::matmul(at::linalg_pinv(design, 1e-10), effects.deltas);  // [T + V, G]
  term_effects_ = solution.narrow(0, 0, terms.size(1)).to(at::kFloat);
  at::Tensor covariate = solution.narrow(0, terms.size(1), one_hot.size(1)).clone();
  begin = 0;
  for (const auto& [column, values] : task().covariates) {
    const auto width = static_cast<std::int64_t>(values.size());
    covariate.narrow(0, begin, width) -= at::matmul(centre.narrow(0, begin, width), covariate.narrow(0, begin, width));
    begin += width;
  }
  covariate_effects_ = covariate.to(at::kFloat);
}

std::vector<DeltaModel::Fitted> AdditiveModel::fitted() {
  return {{"deltas", &deltas_, {context_count(), gene_count()}, at::kFloat},
          {"term_effects", &term_effects_, {term_actions_.size(0), gene_count()}, at::kFloat},
          {"covariate_effects", &covariate_effects_, {table().covariates.size(1), gene_count()}, at::kFloat}};
}

at::Tensor AdditiveModel::least_squares_effect(std::int64_t action, const at::Tensor& dose) const {
  const at::Tensor other = term_actions_ != action;
  return term_effects_[at::argmin(dose_gap(term_doses_, dose) + 2.0 * other).item<std::int64_t>()];
}

at::Tensor AdditiveModel::single_effect(std::int64_t action, const at::Tensor& dose,
                                        const at::Tensor& covariates) const {
  const at::Tensor theirs = table().doses.select(1, action);
  const at::Tensor single = ((table().doses != 0).sum(1) == 1).logical_and(theirs != 0);
  if (!single.any().item<bool>()) return least_squares_effect(action, dose);
  const at::Tensor gap = at::where(single, dose_gap(theirs, dose), 2.0);
  at::Tensor keep = gap == gap.min();
  const at::Tensor same = keep.logical_and((table().covariates == covariates).all(1));
  if (same.any().item<bool>()) keep = same;
  const at::Tensor weight = keep.to(at::kFloat);
  return at::matmul(weight / weight.sum(), deltas_);
}

at::Tensor AdditiveModel::delta(const at::Tensor& /*control_mean*/, const ContextCode& code) const {
  at::Tensor delta = at::zeros({gene_count()}, at::kFloat);
  const std::int64_t count = (code.actions != 0).sum().item<std::int64_t>() + code.unknown_actions;
  for (std::int64_t i = 0; i < code.actions.size(0); ++i) {
    if (code.actions[i].item<float>() == 0.0F) continue;
    delta = delta + (count == 1 ? least_squares_effect(i, code.actions[i])
                                : single_effect(i, code.actions[i], code.covariates));
  }
  if (code.unknown_actions > 0) delta = delta + static_cast<double>(code.unknown_actions) * term_effects_.mean(0);
  if (count == 1) delta = delta + at::matmul(code.covariates, covariate_effects_);
  return delta;
}

Script AdditiveModel::export_script() const {
  require_fitted();
  return {additive_detail::kScript,
          {{"doses", table().doses},
           {"covariates", table().covariates},
           {"term_actions", term_actions_},
           {"term_doses", term_doses_},
           {"deltas", deltas_},
           {"term_effects", term_effects_},
           {"covariate_effects", covariate_effects_}}};
}

void AdditiveSettings::describe(Fields& /*fields*/) {}

std::unique_ptr<Model> AdditiveSettings::build(const Task& task, std::uint64_t /*seed*/) const {
  return std::make_unique<AdditiveModel>(task);
}

}  // namespace brenier::models
