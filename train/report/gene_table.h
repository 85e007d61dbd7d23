// The genes that change most in one context: control mean, true and predicted change, with bars to compare at a glance.
#pragma once

#include <string>
#include <vector>

#include "train/metric/comparison.h"

namespace brenier::train {

// The `count` genes with the largest true change.
[[nodiscard]] std::string gene_table(const Comparison& comparison, const std::vector<std::string>& genes,
                                     std::int64_t count);

}  // namespace brenier::train
