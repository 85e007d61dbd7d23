// Squared Euclidean distances between all pairs of cells, by one matrix product, safe against cancellation.
//
//   d_ij = |x_i|^2 + |y_j|^2 - 2 <x_i, y_j>     after both were shifted by the same vector, in float64
//
// The identity cancels for near pairs: entries below 1e-10 (|x_i|^2 + |y_j|^2) are computed again as sum (x_i - y_j)^2,
// so that d >= 0, a cell's distance to an equal cell is exactly 0, and energy distance and MMD of a population with
// itself are exactly 0.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::train {

// Cells ready for distances: shifted by a centre, float64, with their squared norms.
struct CentredCells {
  at::Tensor cells;         // [n, G]
  at::Tensor squared_norm;  // [n]
};

// cells [n, G], centre [G] float64: any vector near the cells; what it is does not change distances, only their
// rounding. Throws kDefect when the numbers of genes differ.
[[nodiscard]] CentredCells centre_cells(const at::Tensor& cells, const at::Tensor& centre);

// float64 [n, m]. Both were shifted by the same centre. Throws kDefect when the numbers of genes differ.
[[nodiscard]] at::Tensor squared_distances(const CentredCells& x, const CentredCells& y);

}  // namespace brenier::train
