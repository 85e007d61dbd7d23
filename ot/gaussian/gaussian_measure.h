// A Gaussian measure N(m, A) of mass 1, and the one that has the moments of weighted points.
//
//   m = sum_i w_i x_i,   A = sum_i w_i (x_i - m)(x_i - m)^T,   w_i = a_i / sum a
//
// m [D], A [D, D], float32 or float64 on the CPU, computed with in float64. A is symmetric and positive semi-definite,
// so points and lines are Gaussians too. Nothing here is differentiated.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace brenier::ot {

struct GaussianMeasure {
  at::Tensor mean;
  at::Tensor covariance;
};

// Of points [N, D] with weights [N] (undefined: equal), in float64. kData: other shapes, values that are not finite, a
// negative weight, a total of 0.
[[nodiscard]] GaussianMeasure gaussian_of_points(const at::Tensor& points, const at::Tensor& weights = {});

// What rounding may do to symmetry, relative to the largest entry, and to an eigenvalue of 0, relative to D times that.
inline constexpr double kCovarianceTolerance = 1e-9;
inline constexpr double kCovarianceToleranceSingle = 1e-5;  // of float32

// kData, one error each: not square or without rows, another dtype, NaN or infinite, not symmetric, an eigenvalue below
// 0. `name` begins the message: "the covariance A".
void check_covariance(const at::Tensor& matrix, const std::string& name);

// check_covariance, and a finite mean of the same length (kData).
void check_gaussian(const GaussianMeasure& measure, const std::string& name);

}  // namespace brenier::ot
