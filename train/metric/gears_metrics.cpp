#include "train/metric/gears_metrics.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

namespace brenier::train {
namespace gears_metrics_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Of each column, numpy's linear interpolation between order statistics; sorted [n, G].
at::Tensor percentile(const at::Tensor& sorted, double percent) {
  const double place = percent / 100.0 * static_cast<double>(sorted.size(0) - 1);
  const auto below = static_cast<std::int64_t>(place);
  const auto above = std::min(below + 1, sorted.size(0) - 1);
  const double part = place - static_cast<double>(below);
  return sorted[below] + (sorted[above] - sorted[below]) * part;
}

double share(const at::Tensor& yes) { return yes.numel() == 0 ? kNaN : yes.to(at::kDouble).mean().item<double>(); }

at::Tensor sigmas(const Comparison& comparison) {
  const auto n = static_cast<double>(comparison.truth().size());
  if (n < 2.0) return at::empty({0}, at::kDouble);
  const at::Tensor deviation = (comparison.truth().variance() * ((n - 1.0) / n)).sqrt();
  const at::Tensor sigma = (comparison.predicted().mean() - comparison.truth().mean()).abs() / deviation;
  return sigma.masked_select(deviation > 0.0);
}

}  // namespace gears_metrics_detail

double direction_share(const Comparison& comparison, int difference) {
  const at::Tensor predicted = (comparison.predicted().mean() - comparison.predicted_control().mean()).sign();
  const at::Tensor truth = (comparison.truth().mean() - comparison.control().mean()).sign();
  if (comparison.predicted().mean().isnan().any().item<bool>()) return gears_metrics_detail::kNaN;
  return gears_metrics_detail::share((predicted - truth).abs() == difference);
}

double in_range_share(const Comparison& comparison, double low, double high) {
  namespace detail = gears_metrics_detail;
  if (comparison.predicted().mean().isnan().any().item<bool>()) return detail::kNaN;
  const at::Tensor sorted = std::get<0>(comparison.truth().cells().to(at::kDouble).sort(0));
  const at::Tensor seen = (sorted[0] != 0.0).logical_or(sorted[sorted.size(0) - 1] != 0.0);
  const at::Tensor& mean = comparison.predicted().mean();
  const at::Tensor inside =
      (mean >= detail::percentile(sorted, low)).logical_and(mean <= detail::percentile(sorted, high));
  return detail::share(inside.masked_select(seen));
}

double mean_sigma(const Comparison& comparison) {
  const at::Tensor sigma = gears_metrics_detail::sigmas(comparison);
  return sigma.numel() == 0 ? gears_metrics_detail::kNaN : sigma.mean().item<double>();
}

double sigma_share(const Comparison& comparison, double most) {
  const at::Tensor sigma = gears_metrics_detail::sigmas(comparison);
  if (sigma.isnan().any().item<bool>()) return gears_metrics_detail::kNaN;
  return gears_metrics_detail::share(sigma <= most);
}

}  // namespace brenier::train
