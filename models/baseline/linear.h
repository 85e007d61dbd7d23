// Baseline "linear": ridge regression from a descriptor of the context to its effect.
//
//   x_k = [ doses of the actions, each over its largest training dose  |  mean of the control cells ]
//   each block centred over the training contexts and scaled to mean squared norm 1
//   min over W, b of  sum_k |delta_k - b - W x_k|^2 + lambda |W|^2,   delta(x) = b + W x
//
// Solved in Gram form (K contexts, not G genes): alpha = (X X^T + lambda I)^-1 (delta - mean delta), W = alpha^T X; b
// is not penalised. lambda is the value of the setting `strengths` with the smallest leave-one-context-out error, by
// the exact shortcut e_k / (1 - H_kk), H = 1/K + X X^T (X X^T + lambda I)^-1 (Hastie, Tibshirani, Friedman, Elements of
// Statistical Learning, 7.64); with one training context the largest. So with little to learn from it becomes the mean
// effect. An action that training never saw contributes nothing to x. Float64 throughout.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baseline/delta_model.h"
#include "models/registry.h"

namespace brenier::models {

struct LinearSettings final : ModelSettings {
  std::vector<double> strengths = {1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0, 1e6};
  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

class LinearModel final : public DeltaModel {
 public:
  LinearModel(Task task, const LinearSettings& settings);
  [[nodiscard]] std::string kind() const override { return "linear"; }
  [[nodiscard]] Script export_script() const override;
  // The chosen lambda; NaN before the fit.
  [[nodiscard]] double strength() const;

 protected:
  void fit(const ContextEffects& effects) override;
  [[nodiscard]] std::vector<Fitted> fitted() override;
  [[nodiscard]] at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const override;

 private:
  std::vector<double> strengths_;
  // x = [(actions * action_scale - action_centre), (control mean - control_centre) * control_scale], all float64.
  at::Tensor action_scale_;      // [A]
  at::Tensor action_centre_;     // [A]
  at::Tensor action_features_;   // [K, A]
  at::Tensor control_scale_;     // []
  at::Tensor control_centre_;    // [G]
  at::Tensor control_features_;  // [K, G]
  at::Tensor mean_delta_;        // [G]: b for centred x
  at::Tensor alpha_;             // [K, G]
  at::Tensor strength_;          // []
};

// The leave-one-out squared error of ridge with an unpenalised intercept: gram [K, K] of centred features, targets [K,
// G].
[[nodiscard]] double leave_one_out_error(const at::Tensor& gram, const at::Tensor& targets, double strength);

}  // namespace brenier::models
