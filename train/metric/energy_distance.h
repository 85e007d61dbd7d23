// energy_distance, energy_distance_u: how far two populations are apart, from plain Euclidean distances.
//
//   E = 2 E|X - Y| - E|X - X'| - E|Y - Y'|            (szekely2013energy)
//
//   energy_distance    within-population means over all n^2 pairs, a cell with itself included: the V-statistic of
//                      cell-eval, and of pertpy from precomputed distances. Never negative, 0 for equal populations.
//   energy_distance_u  within-population means over the n (n - 1) pairs of different cells: the U-statistic of pertpy's
//                      direct path. Unbiased, can be negative; NaN for a population of one cell.
// The two differ at small n, so a number is only comparable with its own variant. In the unit of the data.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double energy_distance(const Comparison& comparison);
[[nodiscard]] double energy_distance_u(const Comparison& comparison);

}  // namespace brenier::train
