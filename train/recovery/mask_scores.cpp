#include "train/recovery/mask_scores.h"

#include <ATen/ATen.h>

#include "core/shape.h"

namespace brenier::train {

namespace mask_scores_detail {

struct Tables {
  at::Tensor found;
  at::Tensor truth;
};

// Both tables over the same latents, those that are matched first.
Tables side_by_side(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching) {
  ShapeLetters letters;
  letters.check(masks, "masks", "[A, L]");
  letters.check(truth, "true masks", "[A, M]");
  const auto aligned = matching.align(masks);
  // Latents without a partner move nothing in truth.
  const auto rest = at::zeros({truth.size(0), aligned.size(1) - truth.size(1)}, truth.options());
  return {aligned, at::cat({truth, rest}, 1)};
}

}  // namespace mask_scores_detail

TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching) {
  const auto tables = mask_scores_detail::side_by_side(masks, truth, matching);
  return target_recovery(tables.found, tables.truth);
}

TargetRecovery mask_scores(const at::Tensor& masks, const at::Tensor& truth, const Matching& matching,
                           const std::vector<std::int64_t>& rows) {
  const auto chosen = at::tensor(rows, at::kLong);
  return mask_scores(masks.index_select(0, chosen), truth.index_select(0, chosen), matching);
}

double mask_average_precision(const at::Tensor& shifts, const at::Tensor& truth, const Matching& matching) {
  const auto tables = mask_scores_detail::side_by_side(shifts, truth, matching);
  const auto [sizes, order] = tables.found.to(at::kDouble).abs().flatten().sort(/*dim=*/0, /*descending=*/true);
  const auto real = tables.truth.flatten().gt(0.5).to(at::kDouble).index_select(0, order);
  const auto hits = real.cumsum(0);
  const auto count = sizes.numel();
  double sum = 0.0;
  double before = 0.0;  // true entries among the larger ones
  for (std::int64_t i = 0; i < count; ++i) {
    if (i + 1 < count && sizes[i + 1].item<double>() == sizes[i].item<double>()) continue;
    const double found = hits[i].item<double>();
    sum += (found - before) * found / static_cast<double>(i + 1);
    before = found;
  }
  return sum / before;
}

}  // namespace brenier::train
