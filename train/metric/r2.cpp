#include "train/metric/r2.h"

#include <ATen/ATen.h>

#include <limits>

namespace brenier::train {

double coefficient_of_determination(const at::Tensor& truth, const at::Tensor& predicted) {
  const at::Tensor t = truth.to(at::kDouble);
  if (t.numel() == 0 || t.min().item<double>() == t.max().item<double>())
    return std::numeric_limits<double>::quiet_NaN();
  const double residual = (t - predicted.to(at::kDouble)).square().sum().item<double>();
  const double total = (t - t.mean()).square().sum().item<double>();
  return 1.0 - residual / total;
}

double r2_mean(const Comparison& comparison) {
  return coefficient_of_determination(comparison.truth().mean(), comparison.predicted().mean());
}

double r2_variance(const Comparison& comparison) {
  return coefficient_of_determination(comparison.truth().variance(), comparison.predicted().variance());
}

}  // namespace brenier::train
