// Shifts and masks with posteriors, drawn once for all cells of a batch (each particle by itself).
//
//   s_b = sum_a d_ba m_a o e_a,   q(m_aj) = Bernoulli(sigmoid(logit_aj)),
//   q(e_aj) = N(loc_aj, scale_aj^2)               mean field
//   q(e_a | m_a) = N(loc, scale^2)(m_a, a)        correlated: a network of the drawn mask and the action
//   penalty = KL(q(e) | N(0, 1)) + KL(q(m) | Bernoulli(prior)), the first averaged over particles
//
// Source: bereket2023sams, section 3.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/nn/dense_stack.h"
#include "models/svae/action_design.h"
#include "models/svae/shifts.h"

namespace brenier::models {

struct GuidedShiftSettings {
  std::int64_t width = 0;  // L
  double logit = 0.0;
  double prior = 0.01;
  bool correlated = false;
  std::vector<std::int64_t> hidden = {400, 400, 400, 400};  // of the network
};

class GuidedShifts final : public Shifts {
 public:
  // The design must outlive this.
  GuidedShifts(const GuidedShiftSettings& settings, const ActionDesign& design, Parameters& parameters,
               RandomStream& stream, at::ScalarType type = at::kFloat);

  at::Tensor draw(const std::vector<std::int64_t>& labels, std::int64_t particles, double temperature,
                  RandomStream& stream) override;
  double backward(const at::Tensor& gradient, double weight, std::vector<at::Tensor>& gradients) override;
  // Means of the posterior; of the correlated one under the binarised masks.
  [[nodiscard]] at::Tensor values() const override;
  [[nodiscard]] at::Tensor masks() const override;
  // Mean field only: kDefect for the correlated guide.
  void fix(const at::Tensor& values, const at::Tensor& masks) override;
  void rotate(const at::Tensor& rotation) override;

 private:
  [[nodiscard]] at::Tensor network_input(const at::Tensor& masks) const;  // [P A, L] -> [P A, L + A]

  GuidedShiftSettings settings_;
  const ActionDesign* design_;
  at::ScalarType type_;
  at::Tensor loc_;                     // [A, L]; undefined when correlated, as is the next
  at::Tensor spread_;                  // log scale
  std::optional<DenseStack> network_;  // of the correlated guide
  at::Tensor logits_;
  // The last draw, [P A, L] each.
  DenseTape tape_;
  std::vector<std::int64_t> labels_;
  std::int64_t particles_ = 0;
  at::Tensor drawn_;
  at::Tensor slope_;
  at::Tensor noise_;
  at::Tensor center_;
  at::Tensor scale_;
};

}  // namespace brenier::models
