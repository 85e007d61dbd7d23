#include "train/recovery/target_recovery.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/shape.h"

namespace brenier::train {
namespace target_recovery_detail {

std::int64_t count(const at::Tensor& marks) { return marks.sum().item<std::int64_t>(); }

double share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace target_recovery_detail

TargetRecovery target_recovery(const at::Tensor& predicted, const at::Tensor& truth) {
  using target_recovery_detail::count;
  using target_recovery_detail::share;
  ShapeLetters letters;
  letters.check(truth, "true table", "[A, L]");
  letters.check(predicted, "predicted table", "[A, L]");
  const auto claimed = predicted.gt(0.5);
  const auto real = truth.gt(0.5);
  const auto hits = count(claimed.logical_and(real));
  const auto claims = count(claimed);
  const auto targets = count(real);
  return {share(hits, claims), share(hits, targets), share(2 * hits, claims + targets), claims + targets - 2 * hits};
}

std::int64_t graph_hamming(const at::Tensor& predicted, const at::Tensor& truth) {
  ShapeLetters letters;
  letters.check(truth, "true graph", "[L, L]");
  letters.check(predicted, "predicted graph", "[L, L]");
  const auto wrong = predicted.gt(0.5).logical_xor(truth.gt(0.5));
  // A pair of nodes whose edges differ counts once, and so does a wrong loop.
  return target_recovery_detail::count(wrong.logical_or(wrong.t()).triu());
}

}  // namespace brenier::train
