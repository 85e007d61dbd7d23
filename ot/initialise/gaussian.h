// Squared Euclidean points: the potential of the two Gaussians that have the means and covariances of the sides.
//
//   f(x) = |x|^2 - 2 m_b . x - (x - m_a)^T T (x - m_a)      s = eps / 2
//   T = A^-1/2 h(A^1/2 B A^1/2) A^-1/2                      h(u) = ((4 u + s^2)^1/2 - s) / 2
// Exact at this epsilon for Gaussians, not only without entropy (janati2020gaussian): x - grad f / 2 is the entropic
// map m_b + T (x - m_a). At eps = 0 T is the map of Gaussians without entropy, as in thornton2023initialization.
// Weighted moments; mean 0 over rows of positive weight; eps log a is added. Directions in which x has no spread count
// as 0. Time O((N + M) D^2 + D^3). kUsage for another cost or more than 2048 features.
#pragma once

#include "ot/initialise/initialiser.h"

namespace brenier::ot {

class Gaussian final : public Initialiser {
 public:
  [[nodiscard]] std::string name() const override { return "gaussian"; }
  [[nodiscard]] SinkhornStart start(const LinearProblem& problem) const override;

  static constexpr Index kMostFeatures = 2048;
};

}  // namespace brenier::ot
