// The mean correlation coefficient (MCC) of matched latents (hyvarinen2016tcl):
//
//   MCC = 1/L' sum_j |R_{sigma(j) j}|            in [0, 1], higher is better; matching.h
//
// A true latent without a partner counts as 0. NaN without true latents.
#pragma once

#include "train/recovery/matching.h"

namespace brenier::train {

[[nodiscard]] double mean_correlation(const Matching& matching);

}  // namespace brenier::train
