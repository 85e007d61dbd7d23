// Sliced Wasserstein distance: the mean of the distances on the line over random directions.
//
//   SW_p^p = 1/L sum_l W_p^p(X theta_l, Y theta_l),  theta_l uniform on the unit sphere of R^D
//
// x [N, D], y [M, D] float32 or float64; a [N], b [M] alike, or undefined for uniform weights. The result is a scalar
// of the same dtype, differentiable once in x, y, a and b (as wasserstein_1d.h). The directions depend on the seed,
// their count and D alone: RandomStream(seed, "ot/sliced"). For D = 1 the one direction is 1 and the value is W_p^p
// exactly. Directions run in parallel and are added up in their order, so that the thread count does not matter. Time
// O(L (N + M) (D + log(N + M))). Refused: projections < 1 (kUsage), and what wasserstein_1d.h refuses. Source:
// bonneel2015sliced.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::ot {

struct SlicedSettings {
  std::int64_t projections = 128;
  double p = 2.0;  // >= 1
  std::uint64_t seed = 0;
};

[[nodiscard]] at::Tensor sliced_wasserstein(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a = {},
                                            const at::Tensor& b = {}, const SlicedSettings& settings = {});

// The directions [L, D], row-major, each of length 1.
[[nodiscard]] std::vector<double> sliced_directions(std::int64_t dimension, const SlicedSettings& settings);

}  // namespace brenier::ot
