// Baseline "nearest_context": the effect of the training context most like the asked one.
//
//   delta(context) = delta_k of the training context k that, in this order of importance,
//     shares most actions, has fewest other actions, has the nearest doses, has the nearest control population
//
// so among training contexts with the same actions at the same doses it is the one whose control mean is nearest:
//   euclidean  d = |m_k - m|           cosine  d = 1 - <m_k, m> / (|m_k| |m|)
// with m the mean of the control cells handed to predict(). Ties go to the first training context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baseline/delta_model.h"
#include "models/registry.h"

namespace brenier::models {

struct NearestContextSettings final : ModelSettings {
  std::string distance = "euclidean";
  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

class NearestContextModel final : public DeltaModel {
 public:
  NearestContextModel(Task task, const NearestContextSettings& settings);
  [[nodiscard]] std::string kind() const override { return "nearest_context"; }
  [[nodiscard]] Script export_script() const override;
  // Which training context a prediction takes its effect from.
  [[nodiscard]] std::int64_t nearest(const at::Tensor& control, const Context& context) const;

 protected:
  void fit(const ContextEffects& effects) override;
  [[nodiscard]] std::vector<Fitted> fitted() override;
  [[nodiscard]] at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const override;

 private:
  [[nodiscard]] std::int64_t choose(const at::Tensor& control_mean, const ContextCode& code) const;

  bool cosine_;
  at::Tensor deltas_;         // float32 [K, G]
  at::Tensor control_means_;  // float64 [K, G]
};

}  // namespace brenier::models
