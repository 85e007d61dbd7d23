// What GEARS reports beside mse and Pearson (roohani2024gears, gears/inference.py): per gene, from the gene means of
// the prediction p, the truth t and the control c, and from the true cells y.
//
//   frac_correct_direction   higher  share of genes with sign(p - c) = sign(t - c)
//   frac_opposite_direction  lower   share with opposite signs
//   frac_zero_direction      lower   share where just one of the two is 0 ("0/1 direction")
//   frac_in_range            higher  share with min y <= p <= max y, over genes that are not 0 in all true cells
//   frac_in_range_45_55, _40_60, _25_75  higher  the same between those percentiles of y (linear interpolation)
//   mean_sigma               lower   mean over genes of |p - t| / sd(y), divisor n, genes with sd > 0 only
//   frac_sigma_below_1, _2   higher  share of those genes with at most 1 (2)
// NaN when no gene qualifies.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

// |sign(p - c) - sign(t - c)| = difference: 0 correct, 1 one of them is zero, 2 opposite.
[[nodiscard]] double direction_share(const Comparison& comparison, int difference);
// Percentiles in [0, 100].
[[nodiscard]] double in_range_share(const Comparison& comparison, double low, double high);
[[nodiscard]] double mean_sigma(const Comparison& comparison);
[[nodiscard]] double sigma_share(const Comparison& comparison, double most);

}  // namespace brenier::train
