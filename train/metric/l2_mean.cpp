#include "train/metric/l2_mean.h"

#include <ATen/ATen.h>

namespace brenier::train {

double l2_mean(const Comparison& comparison) {
  return (comparison.predicted().mean() - comparison.truth().mean()).norm(2).item<double>();
}

}  // namespace brenier::train
