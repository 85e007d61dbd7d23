// One learning curve: the values of a loss part or validation score over the steps.
//
// A long curve is drawn as the mean of up to 120 intervals of steps with a band from least to most in each. The
// vertical axis is logarithmic when all values are positive and span more than a factor of 30.
#pragma once

#include <string>

#include "train/report/history.h"

namespace brenier::train {

// Empty when the curve holds no finite value.
[[nodiscard]] std::string loss_chart(const Curve& curve);

}  // namespace brenier::train
