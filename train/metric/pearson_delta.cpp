#include "train/metric/pearson_delta.h"

#include <ATen/ATen.h>

#include "train/metric/correlation.h"

namespace brenier::train {

double pearson_delta(const Comparison& comparison) {
  const at::Tensor predicted = comparison.predicted().mean() - comparison.predicted_control().mean();
  const at::Tensor truth = comparison.truth().mean() - comparison.control().mean();
  // Differences of means carry rounding of the size of the means: below that there is no change to correlate.
  return pearson(predicted, truth, 1e-14 * comparison.control().mean().norm(2).item<double>());
}

}  // namespace brenier::train
