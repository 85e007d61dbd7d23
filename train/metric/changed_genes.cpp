#include "train/metric/changed_genes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <string>

#include "core/error.h"

namespace brenier::train {
namespace changed_genes_detail {

at::Tensor largest(const at::Tensor& score, std::int64_t k) {
  if (k < 1) {
    throw Error(ErrorKind::kDefect, "the number of most changed genes must be positive")
        .found(std::to_string(k))
        .expected(">= 1");
  }
  // nan_to_num would also replace infinity, which must stay first.
  const at::Tensor ranked = at::where(score.isnan(), -1.0, score);
  const at::Tensor order = std::get<1>(ranked.sort(/*stable=*/true, /*dim=*/0, /*descending=*/true));
  return order.narrow(0, 0, std::min(k, order.size(0))).contiguous();
}

}  // namespace changed_genes_detail

at::Tensor most_changed_genes(const Population& control, const Population& truth, std::int64_t k) {
  return changed_genes_detail::largest((truth.mean() - control.mean()).abs(), k);
}

at::Tensor welch_t(const Population& control, const Population& truth) {
  const at::Tensor squared_error =
      truth.variance() / static_cast<double>(truth.size()) + control.variance() / static_cast<double>(control.size());
  return (truth.mean() - control.mean()) / squared_error.sqrt();
}

at::Tensor most_significant_genes(const Population& control, const Population& truth, std::int64_t k) {
  if (control.size() < 2 || truth.size() < 2) return at::empty({0}, truth.cells().options().dtype(at::kLong));
  return changed_genes_detail::largest(welch_t(control, truth).abs(), k);
}

at::Tensor most_significant_seen_genes(const Population& control, const Population& truth, std::int64_t k,
                                       bool absent_too) {
  const at::Tensor ranked = most_significant_genes(control, truth, truth.genes());
  if (ranked.numel() == 0) return ranked;
  at::Tensor kept = truth.mean() != 0.0;
  if (absent_too) kept = kept.logical_or(control.mean() == 0.0);
  const at::Tensor chosen = ranked.masked_select(kept.index_select(0, ranked));
  return chosen.narrow(0, 0, std::min(k, chosen.size(0))).contiguous();
}

}  // namespace brenier::train
