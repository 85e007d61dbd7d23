// What CellOT prints beside l2_mean and pearson_average (bunne2023cellot, scripts/evaluate.py).
//
//   l2_std                 lower  Euclidean distance of the genes' standard deviations (divisor n - 1)
//   pearson_std            higher their correlation ("r2-stds", not squared)
//   l2_gene_correlation    lower  Euclidean distance of the correlations of all pairs of genes, one triangle
//   pearson_gene_correlation  higher  correlation of those two lists of correlations
//                                 pairs with a gene that is constant on one side are left out; G^2 N operations and
//                                 16 G^2 bytes, so meant for a choice of genes (CellOT: 50 marker genes)
//   mmd_50gammas           lower  squared MMD, diagonal included, mean over 50 gammas log-spaced from 10 to 1e-3
//   enrichment_k50, _k100  (1/2)  k nearest neighbours of each predicted cell among as many predicted as true cells,
//   the
//                                 cell itself left out: share that are predicted. 1/2: mixed (best), 1: apart. At most
//                                 n - 1 and 250 neighbours are looked at
// NaN where not defined (fewer than two cells, three for the neighbours).
#pragma once

#include <cstdint>

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double l2_std(const Comparison& comparison);
[[nodiscard]] double pearson_std(const Comparison& comparison);
[[nodiscard]] double l2_gene_correlation(const Comparison& comparison);
[[nodiscard]] double pearson_gene_correlation(const Comparison& comparison);
[[nodiscard]] double mmd_50gammas(const Comparison& comparison);
// Where sizes differ, the larger population gives every (size / smaller size)-th cell.
[[nodiscard]] double neighbour_enrichment(const Comparison& comparison, std::int64_t k);

}  // namespace brenier::train
