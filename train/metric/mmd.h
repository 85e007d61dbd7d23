// mmd, mmd_median: squared maximum mean discrepancy with the Gaussian kernel k(x, y) = exp(-gamma |x - y|^2).
//
//   MMD^2 = mean_{i,i'} k(x_i, x_i') + mean_{j,j'} k(y_j, y_j') - 2 mean_{i,j} k(x_i, y_j)
//
// The biased V-statistic: pairs of a cell with itself are counted, so it is never negative and 0 for equal populations
// (gretton2012mmd, eq. 5).
//   mmd         mean over gamma = 2, 1, 0.5, 0.1, 0.01, 0.005: the form CellOT chooses its models by
//   mmd_median  gamma = 1 / median |x - y|^2 over the pairs of different rows of the pooled cells (median heuristic),
//               pairs of equal cells left out; NaN when all cells are equal
// In thousands of genes |x - y|^2 is in the hundreds: the large gammas of `mmd` then see only equal cells, and
// mmd_median or a choice of genes (mmd_top50) says more.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double mmd(const Comparison& comparison);
[[nodiscard]] double mmd_median(const Comparison& comparison);
// One bandwidth.
[[nodiscard]] double mmd_squared(const Comparison& comparison, double gamma);

}  // namespace brenier::train
