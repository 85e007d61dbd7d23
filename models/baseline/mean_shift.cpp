#include "models/baseline/mean_shift.h"

#include <ATen/ATen.h>

#include <utility>

namespace brenier::models {

MeanShiftModel::MeanShiftModel(Task task) : DeltaModel(std::move(task)) {}

void MeanShiftModel::fit(const ContextEffects& effects) { deltas_ = effects.deltas.to(at::kFloat); }

std::vector<DeltaModel::Fitted> MeanShiftModel::fitted() {
  return {{"deltas", &deltas_, {context_count(), gene_count()}, at::kFloat}};
}

at::Tensor MeanShiftModel::delta(const at::Tensor& /*control_mean*/, const ContextCode& code) const {
  const at::Tensor& doses = table().doses;
  at::Tensor match = (doses == code.actions).all(1);
  if (!match.any().item<bool>()) match = ((doses != 0) == (code.actions != 0)).all(1);
  if (!match.any().item<bool>() || code.unknown_actions > 0) match = at::ones_like(match);
  const at::Tensor weight = match.to(at::kFloat);
  return at::matmul(weight / weight.sum(), deltas_);
}

Script MeanShiftModel::export_script() const {
  require_fitted();
  return {R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    present = actions != 0
    if not bool(present.any()):
        return torch.zeros_like(self.deltas[0])
    match = (self.doses == actions).all(1)
    if not bool(match.any()):
        match = ((self.doses != 0) == present).all(1)
    if not bool(match.any()):
        match = torch.ones_like(match)
    weight = match.to(self.deltas.dtype)
    return torch.matmul(weight / weight.sum(), self.deltas)

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)",
          {{"doses", table().doses}, {"deltas", deltas_}}};
}

void MeanShiftSettings::describe(Fields& /*fields*/) {}

std::unique_ptr<Model> MeanShiftSettings::build(const Task& task, std::uint64_t /*seed*/) const {
  return std::make_unique<MeanShiftModel>(task);
}

}  // namespace brenier::models
