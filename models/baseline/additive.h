// Baseline "additive": effects add up, over the actions of a combination and over perturbation and covariates.
//
// Fit: least squares over the training contexts k (the two-way layout without interaction),
//   delta_k ~ sum over actions (a, dose) of k of E[a, dose]  +  sum over covariate columns of C[column, value]
// with every C centred over the training contexts; where the data do not decide, the solution of least norm.
//
// Prediction for a context with actions S and covariates c:
//   |S| = 1   E[a, dose] + C[c]; a value that training never saw contributes 0
//   |S| >= 2  sum over a in S of the single-action effect of a: delta_k of the training context with a alone and
//             covariates c; else the mean over its covariates; else (never measured alone) E[a, dose]
// A dose that training never saw takes the nearest measured one (dose_gap() in context_table.h); an action that
// training never saw takes the mean of all E.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/baseline/delta_model.h"
#include "models/registry.h"

namespace brenier::models {

class AdditiveModel final : public DeltaModel {
 public:
  explicit AdditiveModel(Task task);
  [[nodiscard]] std::string kind() const override { return "additive"; }
  [[nodiscard]] Script export_script() const override;

 protected:
  void fit(const ContextEffects& effects) override;
  [[nodiscard]] std::vector<Fitted> fitted() override;
  [[nodiscard]] at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const override;

 private:
  [[nodiscard]] at::Tensor least_squares_effect(std::int64_t action, const at::Tensor& dose) const;
  [[nodiscard]] at::Tensor single_effect(std::int64_t action, const at::Tensor& dose,
                                         const at::Tensor& covariates) const;

  at::Tensor term_actions_;       // int64 [T]: the distinct (action, dose) pairs of the training contexts
  at::Tensor term_doses_;         // float32 [T]
  at::Tensor deltas_;             // float32 [K, G]
  at::Tensor term_effects_;       // float32 [T, G]: E
  at::Tensor covariate_effects_;  // float32 [V, G]: C
};

struct AdditiveSettings final : ModelSettings {
  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
