// Potentials that the caller has: from the last training step, another epsilon, an exact solve, a file.
//
//   FromPotentials(out.f)              g follows by half an iteration
//   FromPotentials(out.f, out.g)       a restart from a solution takes one iteration
//   FromPotentials({}, out.g)          f follows
//
// Absolute potentials f [N] and g [M] in units of the cost, float32 or float64; gradients are cut. -inf is for rows of
// weight 0 alone. kUsage when neither is given; kData for a wrong shape or type, NaN or +inf, -inf at a positive
// weight.
#pragma once

#include "ot/initialise/initialiser.h"

namespace brenier::ot {

class FromPotentials final : public Initialiser {
 public:
  explicit FromPotentials(const at::Tensor& f, const at::Tensor& g = {});
  [[nodiscard]] std::string name() const override { return "from potentials"; }
  [[nodiscard]] SinkhornStart start(const LinearProblem& problem) const override;

 private:
  at::Tensor f_;
  at::Tensor g_;
};

}  // namespace brenier::ot
