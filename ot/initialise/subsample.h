// Points under any cost: solve the problem of a few points and extend its potential to all of them.
//
// Points are drawn with replacement, x ~ a and y ~ b, by RandomStream(seed, "ot/subsample"); each weighs mass / points.
// Same absolute epsilon, penalties and reference. With g the absolute potential of the drawn y, f is the update that
// the full problem makes from it, with L_i = log sum_j exp((g_j - c(x_i, y_j)) / eps) over the drawn y:
//   f_i = eps (log a_i - tau_a L_i)       the product reference; g_j holds eps log b_j, so L is relative to b as it
//   must be f_i = eps tau_a (log a_i - L_i)       the counting reference
// A sample that was not solved to its threshold is still a start. Time O(points^2) an iteration, then O(N points); no
// matrix. A cost must be symmetric on a transposed geometry. kUsage for points < 1. thornton2023initialization.
#pragma once

#include <cstdint>

#include "ot/initialise/initialiser.h"

namespace brenier::ot {

class Subsample final : public Initialiser {
 public:
  explicit Subsample(Index points = 100, std::uint64_t seed = 0);
  [[nodiscard]] std::string name() const override { return "subsample"; }
  [[nodiscard]] SinkhornStart start(const LinearProblem& problem) const override;

 private:
  Index points_;
  std::uint64_t seed_;
};

}  // namespace brenier::ot
