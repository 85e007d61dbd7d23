// The factor of over-relaxation, from the rate at which the error falls.
//
// Plain Sinkhorn's error falls by theta = sigma_2^2 an iteration in the end; updates that go omega = 2 / (1 + sqrt(1 -
// theta)) of the way fall by omega - 1 instead (young1971iterative, thibault2021overrelaxed). The observed rate q at
// omega gives theta = (q + omega - 1)^2 / (q omega^2). When the error grows far above its best, the factor goes back to
// 1 and may not come so high again.
#pragma once

#include <vector>

#include "ot/passes/parallel.h"

namespace brenier::ot {

class Relaxation final {
 public:
  // `fixed` 0: automatic.
  explicit Relaxation(double fixed) : fixed_(fixed != 0), omega_(fixed != 0 ? fixed : 1) {}

  [[nodiscard]] double omega() const { return omega_; }
  // The error's factor an iteration that is to be expected now; 1: unknown.
  [[nodiscard]] double rate() const { return rate_; }
  // Takes the error of the state that the next update starts from.
  void observe(double error);
  // What was observed no longer holds (epsilon changed, a Newton step was taken).
  void forget();

 private:
  bool fixed_;
  double omega_;
  double ceiling_ = 1.95;
  double rate_ = 1;
  double best_ = 0;
  std::vector<double> window_;  // errors since omega last changed
};

}  // namespace brenier::ot
