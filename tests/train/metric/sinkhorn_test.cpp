#include "train/metric/sinkhorn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/point_cloud.h"
#include "train/metric/metric.h"

namespace brenier::train {
namespace sinkhorn_metric_test {

at::Tensor cells(std::uint64_t seed, std::int64_t n, double shift) {
  RandomStream stream(seed, "cells");
  return models::normal_tensor(stream, {n, 4}, 1.0) + shift;
}

TEST(SinkhornMetric, IsTheDivergenceOfTheTransportLayer) {
  const auto x = cells(1, 60, 0.0);
  const auto y = cells(2, 50, 1.0);
  const Comparison comparison(x, x, y);
  const double epsilon = 0.1 * comparison.within_truth().mean().item<double>();
  ot::DivergenceSettings settings;
  settings.sinkhorn.threshold = 1e-8;
  const auto reference = ot::sinkhorn_divergence(
      ot::linear_problem(std::make_shared<ot::PointCloud>(x.to(at::kDouble), y.to(at::kDouble)), epsilon), settings);
  EXPECT_NEAR(sinkhorn_divergence(comparison), reference.value.item<double>(), 2e-3);
  EXPECT_GT(sinkhorn_divergence(comparison), 3.0);  // 4 coordinates moved by 1: near 4
}

TEST(SinkhornMetric, IsZeroForEqualCellsAndUndefinedForTruthThatDoesNotVary) {
  const auto x = cells(1, 40, 0.0);
  EXPECT_NEAR(make_metric("sinkhorn_divergence")(x, x, x), 0.0, 1e-3);
  EXPECT_TRUE(std::isnan(make_metric("sinkhorn_divergence")(x, x, at::ones({3, 4}))));
}

}  // namespace sinkhorn_metric_test
}  // namespace brenier::train
