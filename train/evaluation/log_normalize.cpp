#include "train/evaluation/log_normalize.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::train {

at::Tensor log_normalized(const at::Tensor& cells, const std::string& name) {
  const at::Tensor negative = at::lt(cells, 0.0);
  if (negative.any().item<bool>()) {
    const at::Tensor first = negative.nonzero()[0];
    throw Error(ErrorKind::kData, "evaluate.log_normalize needs counts, and " + name + " cells have negative values")
        .found(number_text(cells[first[0].item<std::int64_t>()][first[1].item<std::int64_t>()].item<double>()) +
               " in row " + std::to_string(first[0].item<std::int64_t>()) + ", column " +
               std::to_string(first[1].item<std::int64_t>()))
        .expected("values that are not negative, before any logarithm")
        .hint("data that are logarithms already: evaluate.log_normalize=false");
  }
  const at::Tensor totals = cells.sum(1, /*keepdim=*/true, at::kDouble);
  const at::Tensor factor = at::where(totals > 0, kLogNormalizeTotal / totals, 1.0);
  return (cells.to(at::kDouble) * factor).log1p().to(cells.scalar_type());
}

ScoredContext log_normalized(const ScoredContext& scored) {
  ScoredContext shown = scored;
  shown.control = log_normalized(scored.control, "control");
  shown.truth = log_normalized(scored.truth, "true");
  return shown;
}

at::Tensor log_normalized_prediction(const at::Tensor& cells) {
  return log_normalized(cells.clamp_min(0.0), "predicted");
}

}  // namespace brenier::train
