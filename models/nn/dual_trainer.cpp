#include "models/nn/dual_trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace brenier::models {

DualTrainer::DualTrainer(const Picnn& like)
    : f_tape_(like.make_tape()),
      g_tape_(like.make_tape()),
      dual_(like.layout(), like.trainable().scalar_type()),
      weight_gradient_(at::zeros_like(g_tape_.potential.weights())),
      gradient_(at::zeros_like(like.trainable())) {}

DualLosses DualTrainer::step(TrainedPotential f, TrainedPotential g, const DualBatch& batch) {
  const c10::NoGradGuard no_grad;
  DualLosses losses;
  const auto update = [&](TrainedPotential& own, const PicnnTape& tape) {
    own.network.pull_back(tape, weight_gradient_, gradient_);
    own.adam.step({gradient_}, batch.factor);
    own.network.after_update();
  };
  const auto size = batch.source.size(0) / batch.inner;
  f.network.evaluate(batch.context, batch.kappa, f_tape_);
  g.network.evaluate(batch.context, batch.kappa, g_tape_);
  for (std::int64_t i = 0; i < batch.inner; ++i) {
    const auto x = batch.source.narrow(0, i * size, size);
    losses.map = dual_.map_loss(f_tape_.potential, g_tape_.potential, x, weight_gradient_);
    update(g, g_tape_);
    g.network.evaluate(batch.context, batch.kappa, g_tape_);
  }
  const auto last = batch.source.narrow(0, (batch.inner - 1) * size, size);
  losses.potential = dual_.potential_loss(f_tape_.potential, g_tape_.potential, last, batch.target, weight_gradient_);
  update(f, f_tape_);
  return losses;
}

}  // namespace brenier::models
