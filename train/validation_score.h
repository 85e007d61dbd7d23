// The validation score: how well a state predicts the validation cells of the training contexts.
//
//   score = mean over training contexts k of metric(control_k, predict(control_k, k), treated_k)
//
// over validation cells only, each context counting once however many cells it has. Any metric of metric/metric.h
// chooses; a context where it is not defined is left out. Held-out contexts have no part in it.
//
// "elbo" chooses by likelihood instead, for models with latent mechanisms (models/mechanism_model.h); higher is better:
//
//   score = mean over populations p of mean over cells x in p of log p(x | context of p) from below, one sample a cell
//
// in nats a cell; populations are the treated cells of each training context and the control cells, each control
// population once. The draws are the same every time, RandomStream(seed, "validation/elbo/<context>"), so that the
// scores of two states differ by the states alone. It says nothing of how sparse masks are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"
#include "train/evaluation/evaluate.h"
#include "train/loop.h"

namespace brenier::train {

inline constexpr const char* kElboScore = "elbo";

// A metric of one context, or "elbo".
[[nodiscard]] bool is_validation_score(const std::string& name);
// Throws kUsage when the model cannot be scored so, naming its kind: said before training, not at the first validation.
void check_validation_score(const std::string& name, const models::Model& model);

// No contexts: the result's `score` is empty and nothing is chosen. Throws kUsage for an unknown metric. The score
// throws kNumerical when a prediction or a likelihood is not finite, or when the metric is defined in no context, and
// what check_validation_score throws. log_normalize: metrics compare as evaluation does (evaluation/log_normalize.h);
// the likelihood is that of the cells as they are.
[[nodiscard]] Validation make_validation(const std::string& metric, const std::vector<ScoredContext>& contexts,
                                         std::uint64_t seed = 0, bool log_normalize = false);

}  // namespace brenier::train
