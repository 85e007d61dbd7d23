// One learning curve: the values of a loss part or validation score over the steps.
//
// A long curve is drawn as the mean of up to 120 intervals of steps with a band from least to most in each. The
// vertical axis is logarithmic when all values are positive and span more than a factor of 30.
#pragma once

#include <limits>
#include <vector>

#include "train/report/figure.h"
#include "train/report/history.h"

namespace brenier::train {

// The finite values of some successive steps.
struct CurveInterval {
  double step = 0.0;  // mean
  double mean = 0.0;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};
[[nodiscard]] std::vector<CurveInterval> curve_intervals(const Curve& curve);

// Empty when the curve holds no finite value.
[[nodiscard]] Figure loss_chart(const Curve& curve);

}  // namespace brenier::train
