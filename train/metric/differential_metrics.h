// cell-eval's differential expression profile: do the genes that come out significant agree? (adduri2025state)
//
// Truth and prediction are each tested against their control (comparison.h); a gene is significant when its adjusted
// p-value is below 0.05. S_t, S_p: significant genes of truth and prediction, ordered by descending |log2 fold change|
// (as float32, ties by the lower number).
//   overlap_at_<k>        higher  |first k' of S_t and first k' of S_p in common| / k',  k' = min(k, |S_t|); N: k' =
//   |S_t| precision_at_<k>      higher  the same with k' = min(k, |S_p|); N: k' = |S_p|.  Both 0 when k' is 0
//   de_direction_match    higher  share of S_t whose fold changes have the same sign in both; NaN without S_t
//   de_spearman_lfc_sig   higher  Spearman correlation of the fold changes on S_t; NaN below two genes
//   de_sig_genes_recall   higher  |S_t and S_p in common| / |S_t|; NaN without S_t
//   de_nsig_true, de_nsig_predicted       |S_t|, |S_p|
//   pr_auc                higher  average precision: label gene in S_t, score -log10 of the predicted adjusted p-value
//                                 clipped at 1e-10; NaN when all labels agree
//   roc_auc               higher  area under the ROC curve of the same; NaN likewise
#pragma once

#include <cstdint>
#include <vector>

#include "train/metric/comparison.h"

namespace brenier::train {

// Ordered as above.
[[nodiscard]] std::vector<std::int64_t> significant_genes(const Differential& differential);

// k 0: N.
[[nodiscard]] double overlap_at(const Comparison& comparison, std::int64_t k);
[[nodiscard]] double precision_at(const Comparison& comparison, std::int64_t k);
[[nodiscard]] double de_direction_match(const Comparison& comparison);
[[nodiscard]] double de_spearman_lfc_sig(const Comparison& comparison);
[[nodiscard]] double de_sig_genes_recall(const Comparison& comparison);
[[nodiscard]] double de_nsig_true(const Comparison& comparison);
[[nodiscard]] double de_nsig_predicted(const Comparison& comparison);
[[nodiscard]] double pr_auc(const Comparison& comparison);
[[nodiscard]] double roc_auc(const Comparison& comparison);

}  // namespace brenier::train
