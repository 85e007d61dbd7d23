#include "models/nn/dual_trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace brenier::models {

double half_mean_square(const at::Tensor& points) {
  return 0.5 * points.square().sum().item<double>() / static_cast<double>(points.size(0));
}

DualTrainer::DualTrainer(const Picnn& like)
    : f_tape_(like.make_tape()),
      g_tape_(like.make_tape()),
      dual_(like.layout(), like.trainable().scalar_type()),
      weight_gradient_(at::zeros_like(g_tape_.potential.weights())),
      gradient_(at::zeros_like(like.trainable())) {}

DualLosses DualTrainer::step(TrainedPotential f, TrainedPotential g, const DualBatch& batch) {
  const c10::NoGradGuard no_grad;
  DualLosses losses;
  const auto update = [&](TrainedPotential& own, const PicnnTape& tape, at::Tensor* context) {
    own.network.pull_back(tape, weight_gradient_, gradient_, context);
    own.adam.step({gradient_}, batch.factor);
    own.network.after_update();
  };
  const auto size = batch.source.size(0) / batch.inner;
  if (batch.context_gradients) {
    losses.map_context = at::empty(batch.context.sizes(), gradient_.options());
    losses.potential_context = at::empty(batch.context.sizes(), gradient_.options());
  }
  const auto wanted = [&](at::Tensor& gradient) { return gradient.defined() ? &gradient : nullptr; };
  f.network.evaluate(batch.f_context.defined() ? batch.f_context : batch.context, batch.kappa, f_tape_);
  g.network.evaluate(batch.context, batch.kappa, g_tape_);
  for (std::int64_t i = 0; i < batch.inner; ++i) {
    const auto x = batch.source.narrow(0, i * size, size);
    losses.map = dual_.map_loss(f_tape_.potential, g_tape_.potential, x, weight_gradient_);
    update(g, g_tape_, i + 1 == batch.inner ? wanted(losses.map_context) : nullptr);
    g.network.evaluate(batch.context, batch.kappa, g_tape_);
  }
  const auto last = batch.source.narrow(0, (batch.inner - 1) * size, size);
  const auto loss = dual_.potential_loss(f_tape_.potential, g_tape_.potential, last, batch.target, weight_gradient_);
  losses.potential = loss.value();
  losses.dual = half_mean_square(last) + half_mean_square(batch.target) - loss.target + losses.map;
  update(f, f_tape_, wanted(losses.potential_context));
  return losses;
}

}  // namespace brenier::models
