// Baseline "identity": the perturbation does nothing, the prediction is the control cells.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baseline/delta_model.h"
#include "models/registry.h"

namespace brenier::models {

class IdentityModel final : public DeltaModel {
 public:
  explicit IdentityModel(Task task);
  [[nodiscard]] std::string kind() const override { return "identity"; }
  [[nodiscard]] Script export_script() const override;

 protected:
  void fit(const ContextEffects& effects) override;
  [[nodiscard]] std::vector<Fitted> fitted() override;
  [[nodiscard]] at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const override;
};

struct IdentitySettings final : ModelSettings {
  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
