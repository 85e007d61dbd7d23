// The loss of a map: its parts, its gradient against finite differences, bad input.
#include "models/cmonge/map_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace map_loss_test {

at::Tensor normal(std::uint64_t seed, std::int64_t n, double scale = 1.0) {
  RandomStream stream(seed, "map loss");
  return normal_tensor(stream, {n, 2}, scale, at::kDouble);
}

MapLossSettings exact(const std::string& cost) {
  MapLossSettings settings;
  settings.cost = ot::cost_by_name(cost);
  settings.epsilon = 0.3;
  settings.gap_epsilon = 0.1;
  settings.gap_weight = 0.7;
  settings.threshold = 1e-11;
  settings.most_iterations = 100000;
  return settings;
}

TEST(MapLoss, GradientInTheWeightsOfAMapIsThatOfDifferences) {
  const auto x = normal(1, 9);
  const auto y = normal(2, 11) + 0.5;
  for (const auto* cost : {"euclidean", "sqeuclidean"}) {
    const auto settings = exact(cost);
    const auto kernel = normal(3, 2, 0.4).set_requires_grad(true);
    const auto bias = at::tensor({0.3, -0.2}, at::kDouble).set_requires_grad(true);
    const auto loss = [&] { return map_loss(x, x + at::gelu(x.mm(kernel) + bias), y, settings); };
    const auto gradients = torch::autograd::grad({loss().value}, {kernel, bias});
    const auto value = [&] { return loss().value.item<double>(); };
    EXPECT_EQ(loss().unsolved, 0.0) << cost;
    EXPECT_LT(relative_difference(gradients[0], finite_difference(value, kernel)), 1e-7) << cost;
    EXPECT_LT(relative_difference(gradients[1], finite_difference(value, bias)), 1e-7) << cost;
  }
}

TEST(MapLoss, IsTheWeightedSumOfItsParts) {
  const auto x = normal(1, 20);
  const auto y = normal(2, 25) + 2;
  auto settings = exact("euclidean");
  const auto both = map_loss(x, -x, y, settings);
  EXPECT_NEAR(both.value.item<double>(), both.divergence + 0.7 * both.gap, 1e-12);
  EXPECT_GT(both.gap, 0.1);  // a reflection is not optimal
  settings.gap_weight = 0.0;
  const auto fit = map_loss(x, -x, y, settings);
  EXPECT_EQ(fit.gap, 0.0);
  EXPECT_NEAR(fit.value.item<double>(), both.divergence, 1e-12);
}

TEST(MapLoss, IsNearZeroForTheTrueTranslationAndSaysWhenASolveStoppedEarly) {
  const auto x = normal(1, 30);
  auto settings = exact("sqeuclidean");
  settings.gap_epsilon = 1e-3;
  EXPECT_LT(map_loss(x, x + 3, x + 3, settings).value.item<double>(), 1e-3);
  settings.most_iterations = 1;
  EXPECT_EQ(map_loss(x, x.flip(0) + 3, normal(2, 30), settings).unsolved, 1.0);
}

TEST(MapLoss, RefusesCellsThatAreNotFinite) {
  const auto x = normal(1, 5);
  auto y = normal(2, 5);
  y[1][1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)map_loss(x, x, y, exact("euclidean")), Error);
  EXPECT_THROW((void)map_loss(x, x.narrow(0, 0, 4), x, exact("euclidean")), Error);
}

}  // namespace map_loss_test
}  // namespace brenier::models
