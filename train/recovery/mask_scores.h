// How well learned masks find the true ones, once latents are matched (matching.h, target_recovery.h).
//
// Learned entries above 0.5 count as 1. A latent that no true one was matched with still counts: what it claims is
// wrong.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/recovery/matching.h"
#include "train/recovery/target_recovery.h"

namespace brenier::train {

// masks [A, L], truth [A, L'], both with the same actions in their rows; only `rows` count.
[[nodiscard]] TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching,
                                         const std::vector<std::int64_t>& rows);
// All rows.
[[nodiscard]] TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching);

// How well |shifts| [A, L] of all actions together rank what is true above what is not: the mean, over true entries, of
// the precision among the entries at least as large (equal ones enter together). Needs no threshold. In (0, 1]; by
// chance about the density of the truth; NaN when nothing is true.
[[nodiscard]] double mask_average_precision(const at::Tensor& shifts, const at::Tensor& truth,
                                            const Matching& matching);

}  // namespace brenier::train
