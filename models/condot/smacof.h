// Metric multidimensional scaling: points whose Euclidean distances come close to given ones.
//
//   stress(X) = sqrt( sum_{i<j} (|x_i - x_j| - delta_ij)^2 / sum_{i<j} delta_ij^2 )
//
// minimised by SMACOF (deleeuw1977smacof): the Guttman transform X <- B(X) X / N with
// B_ij = -delta_ij / |x_i - x_j| (0 where the points coincide), B_ii = -sum_j B_ij. No step raises the stress. The
// start is the classical solution (torgerson1952scaling): eigenvectors of -1/2 J delta^2 J with the largest
// eigenvalues, which is exact for Euclidean distances.
//
// Shapes: delta [N, N] float64, symmetric, zero diagonal, >= 0; X [N, width]. Deterministic: the sign of each classical
// axis makes its entry of largest magnitude positive. Errors: kDefect for other distances, kNumerical for ones that are
// not finite.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::models {

struct ScalingSettings {
  std::int64_t width = 10;
  std::int64_t max_iterations = 300;
  double tolerance = 1e-7;  // ends when the stress falls by less than this share of itself
};

struct Scaling {
  at::Tensor points;            // X [N, width], centred
  double stress = 0.0;          // of points
  std::vector<double> history;  // stress of the start and after each transform
};

// `start` [N, width]; undefined: the classical solution.
[[nodiscard]] Scaling smacof(const at::Tensor& distances, const ScalingSettings& settings,
                             const at::Tensor& start = {});
[[nodiscard]] at::Tensor classical_scaling(const at::Tensor& distances, std::int64_t width);
[[nodiscard]] double scaling_stress(const at::Tensor& distances, const at::Tensor& points);

}  // namespace brenier::models
