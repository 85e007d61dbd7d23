// Short names of contexts for the rows and panels of one chart: what tells them apart, and as little as possible of
// what they share.
//
// Actions that all contexts have, and covariates with one value in all of them, are left out when something else is
// left to tell the contexts apart. A label that is still longer than `limit` characters (code points) loses first what
// all labels begin with and end on, then its own middle; cuts are marked by an ellipsis.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/context.h"

namespace brenier::train {

// A label a context, in their order. Two contexts may have one label when `limit` is short.
[[nodiscard]] std::vector<std::string> context_labels(const std::vector<Context>& contexts, std::size_t limit);

// The text in lines of at most `width` code points, broken after a space, a comma, "+", "_", "-" or "/" where there is
// one, and anywhere else where there is none. Not empty.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace brenier::train
