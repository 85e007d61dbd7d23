// Cells as log(1 + 1e4 x / sum of x) before they are compared (`evaluate.log_normalize`).
//
// Models of counts predict counts, whose differences are mostly those of library sizes: the total of a cell would
// decide every score. Each cell [G] is scaled to a total of 1e4 over the genes that are compared, then logged; a cell
// of zeros stays zero.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "train/evaluation/evaluate.h"

namespace brenier::train {

inline constexpr double kLogNormalizeTotal = 1e4;

// cells [N, G], not negative, in their dtype. Throws kData naming `name` and the first negative value.
[[nodiscard]] at::Tensor log_normalized(const at::Tensor& cells, const std::string& name);
// Both populations of the context; "control" and "true" in messages.
[[nodiscard]] ScoredContext log_normalized(const ScoredContext& scored);
// Negative predictions, which a shift of means makes, count as 0.
[[nodiscard]] at::Tensor log_normalized_prediction(const at::Tensor& cells);

}  // namespace brenier::train
