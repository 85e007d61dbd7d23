#include "train/metric/sinkhorn.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "ot/geometry/dense_cost.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::train {
namespace sinkhorn_metric_detail {

constexpr double kEpsilon = 0.1;

double cost(const at::Tensor& squared, double epsilon) {
  ot::SinkhornSettings settings;
  settings.certify = false;
  settings.threshold = 1e-4;
  const auto geometry = std::make_shared<ot::DenseCost>(squared.clamp_min(0).contiguous());
  return ot::sinkhorn(ot::linear_problem(geometry, epsilon), settings).dual;
}

}  // namespace sinkhorn_metric_detail

double sinkhorn_divergence(const Comparison& comparison) {
  namespace detail = sinkhorn_metric_detail;
  const double epsilon = detail::kEpsilon * comparison.within_truth().mean().item<double>();
  if (!(epsilon > 0.0) || !std::isfinite(comparison.predicted_to_truth().sum().item<double>()))
    return std::numeric_limits<double>::quiet_NaN();
  const double value = detail::cost(comparison.predicted_to_truth(), epsilon) -
                       0.5 * detail::cost(comparison.within_predicted(), epsilon) -
                       0.5 * detail::cost(comparison.within_truth(), epsilon);
  return value < 0.0 ? 0.0 : value;  // rounding and the threshold alone can make it negative; NaN stays NaN
}

}  // namespace brenier::train
