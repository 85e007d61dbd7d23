// Scores that need all contexts at once: does a prediction belong to its own context, or would any other do?
//
// A model that answers the mean of everything scores well context by context and no better than chance here (mode
// collapse; wu2024perturbench). One value a context:
//   discrimination_score_l1, _l2, _cosine   higher  cell-eval (adduri2025state): 1 - r / K, r the number of TRUE
//   effects
//       that are nearer to the predicted effect of context k than its own; effects are deltas; the gene that the
//       context perturbs is left out; distances sum |.|, Euclidean, 1 - cosine. 1 best, (K + 1) / (2 K) by chance
//   rank_<similarity>_<aggregation>         lower   perturbench: r / K, r the number of PREDICTIONS that are more like
//       the truth of context k than its own (profile.h); within contexts of equal covariates. 0 best, (K - 1) / (2 K)
//       by chance
//   <similarity>_scaled                     profile.h; mu and sigma of the side (divisor n - 1, 1 where 0) from moments
// Equal distances count one half each: what perturbench's shuffling gives on average. NaN with a single context.
// One value for all contexts:
//   pearson_edistance  higher  Pearson correlation over contexts of the energy distances to control, truth and
//   prediction
//                              (all pairs, diagonal included: cell-eval's)
//   de_spearman_sig    higher  Spearman correlation over contexts of the numbers of significant genes; contexts without
//                              true ones left out, 1 when none is left (cell-eval)
//   spread_error       lower   |1 - S_p / S_t|, S the mean Euclidean distance between the effects of two contexts: 0 as
//                              different as in truth, 1 all predictions alike
#pragma once

#include <vector>

#include "train/metric/context_profile.h"
#include "train/metric/profile.h"

namespace brenier::train {

enum class EffectDistance { kL1, kL2, kCosine };

[[nodiscard]] std::vector<double> discrimination_scores(const std::vector<ContextProfile>& contexts,
                                                        EffectDistance distance);
[[nodiscard]] std::vector<double> profile_ranks(const std::vector<ContextProfile>& contexts, Aggregation aggregation,
                                                Similarity similarity);
[[nodiscard]] std::vector<double> scaled_scores(const std::vector<ContextProfile>& contexts, Similarity similarity);
[[nodiscard]] double pearson_edistance(const std::vector<ContextProfile>& contexts);
[[nodiscard]] double de_spearman_sig(const std::vector<ContextProfile>& contexts);
[[nodiscard]] double spread_error(const std::vector<ContextProfile>& contexts);

}  // namespace brenier::train
