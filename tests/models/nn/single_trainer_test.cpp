#include "models/nn/single_trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace single_trainer_test {

class SingleTrainerOf : public testing::TestWithParam<std::string> {};

// The whole update's gradient, context path and quadratics included: Adam's first step moves every parameter by the
// learning rate against the sign of its gradient.
TEST_P(SingleTrainerOf, FirstStepGoesAgainstTheGradientOfTheDual) {
  PicnnSettings settings;
  settings.hidden = {5, 4};
  settings.context_width = 3;
  settings.activation = GetParam();
  RandomStream stream(3, "picnn");
  Picnn g(settings, {2, 3, 2}, Positivity::kSoftplus, stream, at::kDouble);
  auto trainable = g.trainable();
  trainable.add_(normal_tensor(stream, {trainable.numel()}, 0.1, at::kDouble).abs());
  const auto context = normal_tensor(stream, {3}, 1.0, at::kDouble);
  const auto kappa = at::tensor({0.6, 0.4}, at::kDouble);
  const auto x = normal_tensor(stream, {6, 2}, 0.5, at::kDouble);
  const auto y = g.at(context, kappa).map(normal_tensor(stream, {5, 2}, 0.5, at::kDouble));
  const ConjugateSettings exact{.tolerance = 1e-12, .iterations = 200};
  const auto dual = [&] {
    const auto potential = g.at(context, kappa);
    return potential.value(x).mean().item<double>() + conjugate(potential, y, {}, exact).value.mean().item<double>();
  };
  const double before = dual();
  const auto numeric = finite_difference(dual, trainable);
  const auto kept = trainable.clone();
  Adam adam({trainable}, {.learning_rate = 1e-7, .beta1 = 0.5, .beta2 = 0.9});
  SingleTrainer trainer(g, exact);
  const auto losses = trainer.step({g, adam}, {context, kappa, x, y, 1, 1.0});
  EXPECT_NEAR(losses.loss, before, 1e-9);
  EXPECT_NEAR(losses.dual, half_mean_square(x) + half_mean_square(y) - before, 1e-9);
  EXPECT_EQ(losses.unsolved, 0.0);
  const auto clear = numeric.abs() > 1e-5;
  EXPECT_GT(clear.sum().item<std::int64_t>(), trainable.numel() / 3);
  const auto moved = (kept - trainable).masked_select(clear) / 1e-7;
  EXPECT_LT((moved - numeric.masked_select(clear).sign()).abs().max().item<double>(), 1e-2);
}

INSTANTIATE_TEST_SUITE_P(Activations, SingleTrainerOf, testing::ValuesIn(activation_names()));

// N(0, I) to N(m, diag(4, 0.25)): the dual's value is the closed form, its map the linear one.
TEST(SingleTrainer, LearnsTheMapBetweenGaussiansAndTheirDistance) {
  PicnnSettings settings;
  settings.hidden = {16, 16};
  settings.context_width = 4;
  settings.activation = "celu";
  settings.initialisation = "identity";
  RandomStream stream(3, "picnn");
  Picnn g(settings, {2, 1, 1}, Positivity::kClamp, stream, at::kFloat);
  Adam adam({g.trainable()}, {.learning_rate = 1e-2, .beta1 = 0.5, .beta2 = 0.9});
  SingleTrainer trainer(g);
  const auto one = at::ones({1});
  const auto stretch = at::tensor({2.0F, 0.5F});
  const auto shift = at::tensor({1.0F, -1.0F});
  for (int step = 0; step < 300; ++step) {
    const auto losses =
        trainer.step({g, adam}, {one, one, normal_tensor(stream, {256, 2}, 1.0),
                                 normal_tensor(stream, {256, 2}, 1.0) * stretch + shift, 1, step < 200 ? 1.0 : 0.1});
    ASSERT_TRUE(std::isfinite(losses.dual));
    ASSERT_LT(losses.unsolved, 0.05);
  }
  const auto x = normal_tensor(stream, {4096, 2}, 1.0);
  const auto truth = x * stretch + shift;
  const auto potential = g.at(one, one);
  const double uvp = ((potential.map(x) - truth).square().sum(1).mean() / (4.0 + 0.25)).item<double>();
  EXPECT_LT(uvp, 0.01);
  const auto y = normal_tensor(stream, {4096, 2}, 1.0) * stretch + shift;
  const auto solved = conjugate(potential, y, {}, {});
  const double dual = (potential.value(x).mean() + solved.value.mean()).item<double>();
  const double bound = (0.5 * x.square().sum(1).mean() + 0.5 * y.square().sum(1).mean()).item<double>() - dual;
  const double exact = 0.5 * (2.0 + 1.0 + 0.25);  // |m|^2 + (2 - 1)^2 + (0.5 - 1)^2, halved
  EXPECT_NEAR(bound, exact, 0.1);
}

}  // namespace single_trainer_test
}  // namespace brenier::models
