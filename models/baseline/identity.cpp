#include "models/baseline/identity.h"

#include <ATen/ATen.h>

#include <utility>

namespace brenier::models {

IdentityModel::IdentityModel(Task task) : DeltaModel(std::move(task)) {}

void IdentityModel::fit(const ContextEffects& /*effects*/) {}

std::vector<DeltaModel::Fitted> IdentityModel::fitted() { return {}; }

at::Tensor IdentityModel::delta(const at::Tensor& control_mean, const ContextCode& /*code*/) const {
  return at::zeros_like(control_mean);
}

Script IdentityModel::export_script() const {
  return {R"(
def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    return torch.zeros_like(control[0])

def forward(self, cells: Tensor, context: Tensor) -> Tensor:
    return cells + context
)",
          {}};
}

void IdentitySettings::describe(Fields& /*fields*/) {}

std::unique_ptr<Model> IdentitySettings::build(const Task& task, std::uint64_t /*seed*/) const {
  return std::make_unique<IdentityModel>(task);
}

}  // namespace brenier::models
