// Scores by the number of actions: single interventions apart from pairs, as the literature of causal models shows
// them.
#pragma once

#include <cstdint>
#include <string>

#include "train/evaluation/evaluation.h"

namespace brenier::train {

// Adds <prefix>_single and <prefix>_double to the summary of every method: `metric` over the contexts with one action
// and over those with two, whether they were held out or not (a seen context is judged on cells kept from training:
// split.kind cells_column). Groups without contexts, and methods without the metric, get none.
void summarise_by_action_count(Evaluation& evaluation, const std::string& metric, const std::string& prefix,
                               std::int64_t bootstrap, std::uint64_t seed);

}  // namespace brenier::train
