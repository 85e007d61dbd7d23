// The average effect of each training context: what every baseline is fitted from.
//
//   delta_k = mean(treated cells of k) - mean(control cells of k)
//
// Means are accumulated in float64 over chunks of rows, so a large view is never dense as a whole.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/training_view.h"

namespace brenier::models {

struct ContextEffects {
  at::Tensor deltas;         // float64 [K, G]
  at::Tensor control_means;  // float64 [K, G]
};

// Throws kData when there is no training context, one has no treated or no control cells, or a mean is not finite; the
// message names the context.
[[nodiscard]] ContextEffects measure_effects(const TrainingView& view);

}  // namespace brenier::models
