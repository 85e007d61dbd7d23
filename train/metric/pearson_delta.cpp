#include "train/metric/pearson_delta.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace brenier::train {

double pearson_delta(const Comparison& comparison) {
  const at::Tensor predicted = comparison.predicted().mean() - comparison.control().mean();
  const at::Tensor truth = comparison.truth().mean() - comparison.control().mean();
  const at::Tensor p = predicted - predicted.mean();
  const at::Tensor t = truth - truth.mean();
  const double scale = p.norm(2).item<double>() * t.norm(2).item<double>();
  // Differences of means carry rounding of the size of the means: below that there is no change to correlate.
  const double noise = 1e-14 * comparison.control().mean().norm(2).item<double>();
  if (!(p.norm(2).item<double>() > noise) || !(t.norm(2).item<double>() > noise)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::clamp((p * t).sum().item<double>() / scale, -1.0, 1.0);
}

}  // namespace brenier::train
