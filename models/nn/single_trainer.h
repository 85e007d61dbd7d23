// One update of the dual with a single conditional potential: no second network, no inner maximisation.
//
//   min over g   E[g(x|c)] + E[g*(y|c)],   T = grad g
// where g* is solved for exactly, point by point (conjugate.h). What is minimised is the dual itself, so
// E|x|^2 / 2 + E|y|^2 / 2 - loss, `dual`, is a lower bound of W_2^2 / 2 that rises to it. Needs a g that is convex:
// positivity clamp, softplus or rectifier. Points whose conjugate was not reached still bound it from below
// (conjugate.h); their share is returned.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/nn/conjugate.h"
#include "models/nn/dual_trainer.h"

namespace brenier::models {

struct SingleLosses {
  double loss = 0.0;
  double dual = 0.0;      // at the parameters before the update
  double unsolved = 0.0;  // share of y without a solved conjugate
};

class SingleTrainer final {
 public:
  // For a potential of the same settings, shape and dtype as `like`.
  explicit SingleTrainer(const Picnn& like, ConjugateSettings settings = {});
  // batch.source and batch.target in one update; batch.inner is not used.
  SingleLosses step(TrainedPotential g, const DualBatch& batch);

 private:
  ConjugateSettings settings_;
  PicnnTape tape_;
  MongeDual dual_;
  at::Tensor weight_gradient_;
  at::Tensor gradient_;
};

}  // namespace brenier::models
