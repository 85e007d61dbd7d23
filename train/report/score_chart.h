// A dot chart of one metric: a row a context, a mark a method, the ceiling as a bar.
#pragma once

#include <string>

#include "train/evaluation/evaluation.h"
#include "train/report/figure.h"

namespace brenier::train {

// Contexts beyond this many are not drawn; the tables hold all of them.
constexpr std::size_t kScoreChartRows = 60;

// Empty when no context has a score of this metric. Marks far below the others (R2 of a bad baseline) are drawn at the
// edge with their value written beside them.
[[nodiscard]] Figure score_chart(const Evaluation& evaluation, const std::string& metric);

}  // namespace brenier::train
