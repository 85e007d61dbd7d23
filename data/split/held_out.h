// The choice of held-out contexts, one function a kind of split.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/perturbation/context_table.h"
#include "data/split/settings.h"

namespace brenier::data {

struct HeldOut {
  std::vector<std::int64_t> contexts;  // ids of treated contexts, ascending
  std::vector<std::string> warnings;   // for the log
};

// Throws kData: a pattern, action or file that matches nothing (naming the nearest), nothing to draw from.
[[nodiscard]] HeldOut choose_held_out(const ContextTable& contexts, const SplitSettings& settings);

// Whether the pattern matches a treated context; controls never match.
[[nodiscard]] bool matches(const ContextPattern& pattern, const Context& context, const PerturbationSettings& grammar);

}  // namespace brenier::data
