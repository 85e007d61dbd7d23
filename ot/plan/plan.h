// The plan of a solved problem, P_ij = exp((f_i + g_j - C_ij) / eps), and what can be had without storing it.
//
//   auto moved = apply_plan(out, Direction::kRows, y_values);   // P V [N, K], differentiable in V, f, g, leaves, eps
//   auto map = barycentric_map(out);                            // T(x_i) = sum_j P_ij y_j / sum_j P_ij
//
// apply_plan is differentiable once, also through f and g (implicitly): its gradients stream over the pairs like the
// solver. A row of weight zero is a row of zeros.
#pragma once

#include <ATen/core/Tensor.h>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

// kRows: P V [N, K] for V [M, K]; kColumns: P^T V [M, K] for V [N, K]. V of another shape or dtype: kData.
[[nodiscard]] at::Tensor apply_plan(const SinkhornOutput& output, Direction direction, const at::Tensor& values);

// Images of the rows' points: [N, D] for kRows (weighted means of y), [M, D] for kColumns (of x). Needs a point cloud
// (kUsage); a row of weight zero gets zeros. Differentiable like apply_plan.
[[nodiscard]] at::Tensor barycentric_map(const SinkhornOutput& output, Direction direction = Direction::kRows);

// The whole plan [N, M], differentiable; kData when it would take more than `limit_bytes`.
[[nodiscard]] at::Tensor dense_plan(const SinkhornOutput& output, Index limit_bytes = Geometry::kDenseLimit);

// The entries of at least `threshold` times the largest of their row, as a sparse COO matrix [N, M]. threshold in [0,
// 1] (kUsage); not differentiable. O(M) memory beyond the result.
[[nodiscard]] at::Tensor sparse_plan(const SinkhornOutput& output, double threshold = 1e-3);

}  // namespace brenier::ot
