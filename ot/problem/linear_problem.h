// What is asked: entropic optimal transport between two weighted sides of a geometry.
//
//   V = min_P  <P, C> + eps KL(P | a b^T) + rho_a KL(P 1 | a) + rho_b KL(P^T 1 | b)
//
// with the generalised KL(p|q) = sum p log(p/q) - p + q. rho = infinity (the default) makes a side balanced: its
// marginal is met exactly. One balanced and one unbalanced side is semi-unbalanced. tau = rho / (rho + eps) in (0, 1]
// is the same strength said relative to eps; a gradient in eps holds fixed whichever of the two was given.
//
// Reference::kCounting replaces eps KL(P | a b^T) by eps sum P (log P - 1). The balanced plan is the same, the
// unbalanced one is not: POT calls it "entropy", and OTT 0.6 iterates it.
//
// Potentials are absolute: P_ij = exp((f_i + g_j - C_ij) / eps). A weight of zero takes its row or column out of the
// problem: potential -inf, plan 0, gradients 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "ot/geometry/geometry.h"

namespace brenier::ot {

enum class Reference { kProduct, kCounting };
enum class EpsilonScale { kNone, kMean, kStandardDeviation, kMax };

[[nodiscard]] Reference reference_by_name(const std::string& name);         // kl, counting
[[nodiscard]] EpsilonScale epsilon_scale_by_name(const std::string& name);  // none, mean, std, max

// How strongly a side's marginal is held.
class MarginalPenalty final {
 public:
  MarginalPenalty() = default;                             // balanced
  [[nodiscard]] static MarginalPenalty tau(double value);  // in (0, 1]; kUsage otherwise
  [[nodiscard]] static MarginalPenalty rho(double value);  // > 0, infinity: balanced; kUsage otherwise

  [[nodiscard]] bool balanced() const { return balanced_; }
  [[nodiscard]] bool is_tau() const { return is_tau_; }
  [[nodiscard]] double tau_at(double epsilon) const;
  [[nodiscard]] double rho_at(double epsilon) const;

 private:
  bool balanced_ = true;
  bool is_tau_ = true;
  double value_ = 1;
};

struct LinearProblem {
  std::shared_ptr<const Geometry> geometry;
  at::Tensor a;        // [N], undefined: uniform 1/N
  at::Tensor b;        // [M], undefined: uniform 1/M
  at::Tensor epsilon;  // one number > 0 in units of the cost (times the scale), undefined: 0.05 times the mean cost
  EpsilonScale epsilon_scale =
      EpsilonScale::kNone;  // statistic of the cost that multiplies epsilon; held fixed in gradients
  MarginalPenalty penalty_a;
  MarginalPenalty penalty_b;
  Reference reference = Reference::kProduct;
};

// A problem on points, with a plain number for epsilon.
[[nodiscard]] LinearProblem linear_problem(std::shared_ptr<const Geometry> geometry, double epsilon);

// A side of a checked problem, in float64.
struct ProblemSide {
  std::vector<double> weights;
  std::vector<double> log_weights;  // -inf at zero weights
  double mass = 0;
  bool balanced = true;
  bool fixed_tau = true;
  double tau = 1;
  double rho = 0;  // infinity when balanced
};

// A problem ready to be solved: weights checked, epsilon absolute.
struct CheckedProblem {
  ProblemSide a;
  ProblemSide b;
  double epsilon = 0;
  double scale = 1;  // what epsilon was multiplied by
  Reference reference = Reference::kProduct;
  [[nodiscard]] bool balanced() const { return a.balanced && b.balanced; }
};

// kData: weights of another shape or dtype than the geometry, NaN, negative, all zero; masses that differ by more than
// 1e-9 (float64) or 1e-5 (float32) of themselves when both sides are balanced; epsilon <= 0 or not finite.
[[nodiscard]] CheckedProblem check_problem(const LinearProblem& problem);

}  // namespace brenier::ot
