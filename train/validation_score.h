// The validation score: how well a state predicts the validation cells of the training contexts.
//
//   score = mean over training contexts k of metric(control_k, predict(control_k, k), treated_k)
//
// over validation cells only, each context counting once however many cells it has. Any metric of metric/metric.h
// chooses; a context where it is not defined is left out. Held-out contexts have no part in it.
#pragma once

#include <string>
#include <vector>

#include "train/evaluation/evaluate.h"
#include "train/loop.h"

namespace brenier::train {

// No contexts: the result's `score` is empty and nothing is chosen. Throws kUsage for an unknown metric. The score
// throws kNumerical when a prediction is not finite, or when the metric is defined in no context.
[[nodiscard]] Validation make_validation(const std::string& metric, std::vector<ScoredContext> contexts);

}  // namespace brenier::train
