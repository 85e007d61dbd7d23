// mmd_10kernels against the published equation, block by block.
#include "train/metric/mmd_kernels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/nn/initialise.h"
#include "train/metric/metric.h"

namespace brenier::train {
namespace mmd_kernels_test {

at::Tensor cells(std::uint64_t seed, std::int64_t n, double shift) {
  RandomStream stream(seed, "cells");
  return models::normal_tensor(stream, {n, 5}, 3.0) + shift;
}

double mean_of_kernels(const at::Tensor& x, const at::Tensor& y) {
  const auto distances = (x.to(at::kDouble).unsqueeze(1) - y.to(at::kDouble).unsqueeze(0)).square().sum(2);
  double sum = 0.0;
  for (double width = 31.25; width < 16001.0; width *= 2.0) sum += (distances / -width).exp().mean().item<double>();
  return sum;
}

double block(const at::Tensor& x, const at::Tensor& y) {
  return mean_of_kernels(x, x) + mean_of_kernels(y, y) - 2.0 * mean_of_kernels(x, y);
}

TEST(MmdKernels, IsTheMeanOverBlocksOf256) {
  const auto x = cells(1, 600, 0.0);
  const auto y = cells(2, 700, 1.0);
  const double expected =
      (block(x.narrow(0, 0, 256), y.narrow(0, 0, 256)) + block(x.narrow(0, 256, 256), y.narrow(0, 256, 256))) / 2.0;
  const auto metric = make_metric("mmd_10kernels");
  EXPECT_NEAR(metric(x, x, y), expected, 1e-9);
  EXPECT_TRUE(metric.pairwise);
  EXPECT_EQ(metric.direction, Direction::kLowerIsBetter);
  EXPECT_EQ(metric(x, x, x), 0.0);
}

TEST(MmdKernels, FewCellsAreOneBlock) {
  const auto x = cells(1, 40, 0.0);
  const auto y = cells(2, 30, 1.0);
  EXPECT_NEAR(make_metric("mmd_10kernels")(x, x, y), block(x.narrow(0, 0, 30), y), 1e-9);
}

}  // namespace mmd_kernels_test
}  // namespace brenier::train
