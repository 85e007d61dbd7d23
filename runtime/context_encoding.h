// A context as the two vectors that an exported model takes.
#pragma once

#include <string>
#include <vector>

#include "core/context.h"
#include "runtime/model_file.h"

namespace brenier::runtime {

// Dose of each known action, 0 when absent; then, for a model that takes unknown actions, their number. [A] or [A + 1]
// Throws kData naming each unknown action with the nearest known one and the known parts for a model that does not.
[[nodiscard]] std::vector<float> encode_actions(const ModelInfo& info, const Context& context);

// One-hot per covariate column, columns and values in the order of ModelInfo::covariates; an unknown or absent value
// gives zeros. A column of ModelInfo::numeric is one number (core/numeric_covariate.h); kData when its value is none.
[[nodiscard]] std::vector<float> encode_covariates(const ModelInfo& info, const Context& context);

}  // namespace brenier::runtime
