// Puts the scores over several contexts (metric.h, scopes kContexts and kAllContexts) into an evaluation.
//
// Held-out contexts are compared among themselves, training contexts likewise. The ceiling is the mean over its
// repeats.
#pragma once

#include <string>
#include <vector>

#include "train/evaluation/evaluation.h"
#include "train/metric/context_profile.h"
#include "train/metric/metric.h"

namespace brenier::train {

struct MethodProfiles {
  std::string method;
  std::vector<std::vector<ContextProfile>> repeats;  // each in the order of the evaluation's contexts
};

// The values of single contexts, whose places score() has left as NaN.
void score_across(Evaluation& evaluation, const std::vector<MethodProfiles>& methods,
                  const std::vector<Metric>& metrics);
// The values of all contexts together, into the summary; brings its metrics into the order asked for.
void summarise_across(Evaluation& evaluation, const std::vector<MethodProfiles>& methods,
                      const std::vector<Metric>& metrics);

}  // namespace brenier::train
