#include "train/recovery/mask_scores.h"

#include <ATen/ATen.h>

#include "core/shape.h"

namespace brenier::train {

TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching) {
  ShapeLetters letters;
  letters.check(masks, "masks", "[A, L]");
  letters.check(truth, "true masks", "[A, M]");
  const auto aligned = matching.align(masks);
  // Latents without a partner move nothing in truth.
  const auto rest = at::zeros({truth.size(0), aligned.size(1) - truth.size(1)}, truth.options());
  return target_recovery(aligned, at::cat({truth, rest}, 1));
}

TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching,
                           const std::vector<std::int64_t>& rows) {
  const auto chosen = at::tensor(rows, at::kLong);
  return mask_scores(masks.index_select(0, chosen), truth.index_select(0, chosen), matching);
}

}  // namespace brenier::train
