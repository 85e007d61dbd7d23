#include "models/condot/smacof.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace smacof_test {

at::Tensor random_points(std::uint64_t seed, std::int64_t n, std::int64_t d) {
  RandomStream stream(seed, "points");
  return normal_tensor(stream, {n, d}, 1.0, at::kDouble);
}

at::Tensor distances_of(const at::Tensor& points) {
  return (points.unsqueeze(1) - points.unsqueeze(0)).square().sum(2).sqrt();
}

TEST(Smacof, ClassicalScalingReproducesEuclideanDistances) {
  const auto delta = distances_of(random_points(1, 12, 3));
  EXPECT_LT((distances_of(classical_scaling(delta, 3)) - delta).abs().max().item<double>(), 1e-10);
  // More dimensions than needed add nothing, even more than there are points.
  EXPECT_LT((distances_of(classical_scaling(delta, 20)) - delta).abs().max().item<double>(), 1e-6);
}

TEST(Smacof, FindsEuclideanDistancesFromARandomStart) {
  const auto delta = distances_of(random_points(2, 15, 2));
  ScalingSettings settings;
  settings.width = 5;
  settings.max_iterations = 3000;
  settings.tolerance = 0.0;
  const auto scaling = smacof(delta, settings, random_points(3, 15, 5));
  EXPECT_LT(scaling.stress, 1e-3);
  EXPECT_GT(scaling.history.front(), 0.1);
  EXPECT_NEAR(scaling_stress(delta, scaling.points), scaling.stress, 1e-15);
}

TEST(Smacof, NoStepRaisesTheStress) {
  auto delta = random_points(4, 20, 20).abs() + 0.2;  // no Euclidean distances at all
  delta = delta + delta.t();
  delta.fill_diagonal_(0);
  const auto scaling = smacof(delta, {.width = 2}, random_points(5, 20, 2));
  ASSERT_GT(scaling.history.size(), 5U);
  for (std::size_t i = 1; i < scaling.history.size(); ++i) EXPECT_LT(scaling.history[i], scaling.history[i - 1]);
  EXPECT_LE(smacof(delta, {.width = 2}).stress, scaling_stress(delta, classical_scaling(delta, 2)));
}

TEST(Smacof, PointsThatCoincideStayTogether) {
  auto points = random_points(6, 6, 2);
  points[1].copy_(points[0]);
  const auto scaling = smacof(distances_of(points), {.width = 2});
  EXPECT_LT((scaling.points[0] - scaling.points[1]).abs().max().item<double>(), 1e-7);
  EXPECT_LT(scaling.stress, 1e-8);
  EXPECT_EQ(smacof(at::zeros({1, 1}, at::kDouble), {}).stress, 0.0);
}

TEST(Smacof, RefusesWhatIsNoDistance) {
  EXPECT_THROW((void)smacof(at::ones({2, 2}, at::kDouble), {}), Error);
  EXPECT_THROW((void)smacof(at::zeros({2, 3}, at::kDouble), {}), Error);
  EXPECT_THROW((void)smacof(at::tensor({0.0, -1.0, -1.0, 0.0}, at::kDouble).view({2, 2}), {}), Error);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)smacof(at::tensor({0.0, nan, nan, 0.0}, at::kDouble).view({2, 2}), {}), Error);
}

}  // namespace smacof_test
}  // namespace brenier::models
