// pearson_delta: does the prediction change the right genes in the right direction?
//
//   r = corr_g( mean(predicted)_g - mean(control)_g , mean(truth)_g - mean(control)_g )
//
// cell-eval's pearson_delta and GEARS' delta Pearson, with signed differences from one control for both sides (from the
// prediction's own where a file brings one, comparison.h). NaN
// (not GEARS' 0) when one of the two does not vary over genes: a prediction equal to its control has no direction.
#pragma once

#include "train/metric/comparison.h"

namespace brenier::train {

[[nodiscard]] double pearson_delta(const Comparison& comparison);

}  // namespace brenier::train
