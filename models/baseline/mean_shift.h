// Baseline "mean_shift": the average training effect of the perturbation, whatever the covariates.
//
//   delta(context) = mean of delta_k over the training contexts k with
//     the same actions at the same doses; without any, the same actions at any dose; without any, all of them.
//
// Each training context counts once, however many cells it has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baseline/delta_model.h"
#include "models/registry.h"

namespace brenier::models {

class MeanShiftModel final : public DeltaModel {
 public:
  explicit MeanShiftModel(Task task);
  [[nodiscard]] std::string kind() const override { return "mean_shift"; }
  [[nodiscard]] Script export_script() const override;

 protected:
  void fit(const ContextEffects& effects) override;
  [[nodiscard]] std::vector<Fitted> fitted() override;
  [[nodiscard]] at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const override;

 private:
  at::Tensor deltas_;  // float32 [K, G]
};

struct MeanShiftSettings final : ModelSettings {
  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
