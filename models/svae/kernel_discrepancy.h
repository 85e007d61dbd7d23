// The distance of two samples by a sum of Gaussian kernels, as the discrepancy-VAE takes it, with its gradient.
//
//   D(x, y) = mean_{i,i'} k(x_i, x_i') + mean_{j,j'} k(y_j, y_j') - 2 mean_{i,j} k(x_i, y_j)
//   k(x, y) = sum_{r=0}^{R-1} exp(-|x - y|^2 / b_r),     b_r = sigma 2^(r - floor(R / 2))
//
// x [N, D], y [M, D]. A squared maximum mean discrepancy (gretton2012mmd, eq. 5: biased, pairs of a cell with itself
// counted, so never negative), but a sum over bandwidths, not a mean: it lies in [0, 2 R]. With R = 10 and sigma = 1000
// (the published numbers, zhang2023discrepancy) bandwidths run from 31.25 to 16000. sigma = 0 takes the mean squared
// distance over all pairs of different cells instead, as a constant.
//
// One exponential a pair: k_r = k_{r+1}^2, from the widest kernel down. O((N + M)^2 (D + R)) operations in float64.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/config/fields.h"

namespace brenier::models {

struct KernelDiscrepancySettings {
  std::int64_t kernels = 10;
  double sigma = 1000.0;  // in squared units of the cells

  void describe(Fields& fields);
};

struct KernelDiscrepancy {
  double value = 0.0;
  at::Tensor gradient;  // of x: float64 [N, D]; undefined when not asked for
};

// Throws kDefect when the samples are empty or differ in width.
[[nodiscard]] KernelDiscrepancy kernel_discrepancy(const at::Tensor& x, const at::Tensor& y,
                                                   const KernelDiscrepancySettings& settings, bool gradient);

// mean_ij k of given squared distances [N, M], for callers that have them. sigma must be above 0.
[[nodiscard]] double mean_kernel(const at::Tensor& squared_distances, const KernelDiscrepancySettings& settings);

}  // namespace brenier::models
