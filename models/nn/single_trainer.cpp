#include "models/nn/single_trainer.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace brenier::models {

SingleTrainer::SingleTrainer(const Picnn& like, ConjugateSettings settings)
    : settings_(settings),
      tape_(like.make_tape()),
      dual_(like.layout(), like.trainable().scalar_type()),
      weight_gradient_(at::zeros_like(tape_.potential.weights())),
      gradient_(at::zeros_like(like.trainable())) {}

SingleLosses SingleTrainer::step(TrainedPotential g, const DualBatch& batch) {
  const c10::NoGradGuard no_grad;
  g.network.evaluate(batch.context, batch.kappa, tape_);
  const auto solved = conjugate(tape_.potential, batch.target, {}, settings_);
  // mean g(x) + mean g*(y) = (mean g(x) - mean g(x*)) + mean <x*, y>
  const double difference = dual_.difference(tape_.potential, batch.source, solved.argument, weight_gradient_);
  const double products = (solved.argument * batch.target).sum(1).mean().item<double>();
  g.network.pull_back(tape_, weight_gradient_, gradient_);
  g.adam.step({gradient_}, batch.factor);
  g.network.after_update();
  const double loss = difference + products;
  return {loss, half_mean_square(batch.source) + half_mean_square(batch.target) - loss,
          static_cast<double>(solved.unsolved) / static_cast<double>(batch.target.size(0))};
}

}  // namespace brenier::models
