#include "train/metric/energy_distance.h"

#include <ATen/ATen.h>

#include <limits>

namespace brenier::train {
namespace energy_distance_detail {

double mean_root(const at::Tensor& squared) { return squared.sqrt().mean().item<double>(); }

double mean_root_of_different(const at::Tensor& squared) {
  const auto n = static_cast<double>(squared.size(0));
  return squared.sqrt().sum().item<double>() / (n * (n - 1.0));  // the diagonal is exactly 0
}

}  // namespace energy_distance_detail

double energy_distance(const Comparison& comparison) {
  const double value = 2.0 * energy_distance_detail::mean_root(comparison.predicted_to_truth()) -
                       energy_distance_detail::mean_root(comparison.within_predicted()) -
                       energy_distance_detail::mean_root(comparison.within_truth());
  return value < 0.0 ? 0.0 : value;  // rounding alone can make it negative; NaN stays NaN
}

double energy_distance_u(const Comparison& comparison) {
  if (comparison.predicted().size() < 2 || comparison.truth().size() < 2)
    return std::numeric_limits<double>::quiet_NaN();
  return 2.0 * energy_distance_detail::mean_root(comparison.predicted_to_truth()) -
         energy_distance_detail::mean_root_of_different(comparison.within_predicted()) -
         energy_distance_detail::mean_root_of_different(comparison.within_truth());
}

}  // namespace brenier::train
