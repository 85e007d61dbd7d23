#include "models/nn/dual_trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace dual_trainer_test {

// The optimal pair for the affine map y = S x + m: g = <x, S x> / 2 + <m, x>, f its conjugate. The value of the dual is
// then half the mean squared distance from x to its image, on every batch whose targets are the images.
TEST(DualTrainer, ReportsHalfTheSquaredDistanceAtTheOptimalPotentials) {
  PicnnSettings settings;
  settings.hidden = {8, 8};
  settings.context_width = 4;
  settings.initialisation = "gaussian";
  RandomStream stream(6, "picnn");
  Picnn f(settings, {2, 1, 1}, Positivity::kClamp, stream, at::kDouble);
  Picnn g(settings, {2, 1, 1}, Positivity::kClamp, stream, at::kDouble);
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const auto stretch = at::tensor({2.0, 0.5}, options);
  const auto shift = at::tensor({1.0, -1.0}, options);
  // A quadratic |A (x - b)|^2 / 2 has the gradient A^T A (x - b).
  const auto root = stretch.sqrt();
  g.set_quadratics(at::diag(root).unsqueeze(0), (-shift / stretch).unsqueeze(0));
  f.set_quadratics(at::diag(1 / root).unsqueeze(0), shift.unsqueeze(0));
  Adam f_adam({f.trainable()}, {.learning_rate = 1e-9});
  Adam g_adam({g.trainable()}, {.learning_rate = 1e-9});
  const auto one = at::ones({1}, options);
  const auto x = normal_tensor(stream, {40, 2}, 1.0, at::kDouble);
  const auto y = x * stretch + shift;
  ASSERT_LT((g.at(one, one).map(x) - y).abs().max().item<double>(), 1e-12);
  const auto losses = DualTrainer(g).step({f, f_adam}, {g, g_adam}, {one, one, x, y});
  // The constants of f and g that make them conjugate are not part of the quadratics, and f stands once with either
  // sign: they fall out.
  EXPECT_NEAR(losses.dual, half_mean_square(y - x), 1e-6);
}

TEST(DualTrainer, MeanSquareIsOfPointsNotOfNumbers) {
  EXPECT_DOUBLE_EQ(half_mean_square(at::full({5, 3}, 2.0, at::kDouble)), 6.0);
}

}  // namespace dual_trainer_test
}  // namespace brenier::models
