// Mean Euclidean distance between the cells of two large populations, without the matrix of distances.
//
//   mean_distance(x, y)  = mean_{i, j} |x_i - y_j|
//   mean_distance(x)     = mean_{i, i'} |x_i - x_i'|, a cell with itself included (its distance is 0)
//
// In float32 around the mean of one population, differences of cells in registers (distance_rows.h), float64 sums:
// equal cells count exactly 0. Agrees with float64 to 1e-6. Memory O(n + m); half the work for one population. Parallel
// over blocks of rows, independent of the number of threads.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::train {

// [n, D] and [m, D], floating point; n, m >= 1.
[[nodiscard]] double mean_distance(const at::Tensor& x, const at::Tensor& y);
[[nodiscard]] double mean_distance(const at::Tensor& x);

// 2 E|X - Y| - E|X - X'| - E|Y - Y'| with all pairs: energy_distance (energy_distance.h) for many cells.
[[nodiscard]] double large_energy_distance(const at::Tensor& x, const at::Tensor& y);

}  // namespace brenier::train
