// Noise that is a function of the cell: the same in any batch, and normal over cells.
#include "models/svae/cell_noise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"

namespace brenier::models {
namespace cell_noise_test {

at::Tensor cells(std::int64_t n) {
  RandomStream stream(1, "cells");
  return normal_tensor(stream, {n, 6}, 1.0);
}

TEST(CellNoise, DependsOnTheCellAlone) {
  const CellNoise noise(6, 3, 1, "noise");
  const auto x = cells(50);
  const auto all = noise(x);
  EXPECT_LT((all.narrow(0, 20, 5) - noise(x.narrow(0, 20, 5))).abs().max().item<double>(), 1e-7);
  EXPECT_TRUE(at::equal(noise(x), CellNoise(6, 3, 1, "noise")(x)));
  EXPECT_GT((all - CellNoise(6, 3, 2, "noise")(x)).abs().max().item<double>(), 0.1);
  EXPECT_TRUE(noise(at::zeros({1, 6})).isfinite().all().item<bool>());
}

TEST(CellNoise, IsNormalAndIndependentOverCells) {
  const std::int64_t n = 20000;
  const auto eps = CellNoise(6, 3, 1, "noise")(cells(n));
  const double tolerance = 4.0 / std::sqrt(static_cast<double>(n));
  EXPECT_LT(eps.mean(0).abs().max().item<double>(), tolerance);
  const auto covariance = at::mm(eps.t(), eps) / static_cast<double>(n);
  EXPECT_LT((covariance - at::eye(3, at::kDouble)).abs().max().item<double>(), 1.5 * tolerance);
  // The distribution function, against Kolmogorov's bound at 1e-4.
  for (std::int64_t l = 0; l < 3; ++l) {
    const auto sorted = std::get<0>(eps.select(1, l).sort());
    const auto expected = 0.5 * (1.0 + at::erf(sorted / std::sqrt(2.0)));
    const auto empirical = (at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n);
    EXPECT_LT((expected - empirical).abs().max().item<double>(), 2.23 / std::sqrt(static_cast<double>(n)));
  }
  // Nor does it follow the cell.
  const auto x = cells(n).to(at::kDouble);
  EXPECT_LT((at::mm(eps.t(), x) / static_cast<double>(n)).abs().max().item<double>(), tolerance);
}

}  // namespace cell_noise_test
}  // namespace brenier::models
