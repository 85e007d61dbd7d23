// The scores of a run as page sections: verdict and tiles, the headline table, charts and tables per context.
#pragma once

#include <string>

#include "train/evaluation/evaluation.h"

namespace brenier::train {

// What the first metric says, in a sentence that also says so when a baseline is better; and three tiles.
[[nodiscard]] std::string verdict_section(const Evaluation& evaluation);
// A row a metric, a column a method: means over contexts with intervals, the best prediction marked.
[[nodiscard]] std::string headline_section(const Evaluation& evaluation);
// Dot charts of up to four metrics (`live`: interactive), and a table of every context for each metric. Empty without
// contexts.
[[nodiscard]] std::string context_section(const Evaluation& evaluation, bool live = false);
// What each metric means.
[[nodiscard]] std::string metric_notes(const Evaluation& evaluation);

}  // namespace brenier::train
