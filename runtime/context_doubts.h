// What is doubtful about asking a trained model for a context, as sentences for a log.
#pragma once

#include <string>
#include <vector>

#include "core/context.h"

namespace brenier::runtime {

// For each action of the context: training never had it, or only at lower or at higher doses ("dose 100 of 'A' lies
// outside the training range 0.1 to 10"). `training`: the contexts that the model was trained on. Empty: nothing.
[[nodiscard]] std::vector<std::string> context_doubts(const std::vector<Context>& training, const Context& context);

}  // namespace brenier::runtime
