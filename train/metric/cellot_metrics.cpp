#include "train/metric/cellot_metrics.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "train/metric/correlation.h"
#include "train/metric/mmd.h"

namespace brenier::train {
namespace cellot_metrics_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Correlations of the pairs of genes g < h, NaN where one of them is constant.
at::Tensor pair_correlations(const Population& population) {
  const at::Tensor centred = population.cells().to(at::kDouble) - population.mean();
  const at::Tensor scaled = centred / at::linalg_vector_norm(centred, 2, at::IntArrayRef{0});
  const at::Tensor all = scaled.t().mm(scaled).clamp(-1.0, 1.0);
  const at::Tensor index = at::triu_indices(all.size(0), all.size(0), /*offset=*/1, all.options().dtype(at::kLong));
  return all.index({index.select(0, 0), index.select(0, 1)});
}

std::pair<at::Tensor, at::Tensor> common_correlations(const Comparison& comparison) {
  const at::Tensor predicted = pair_correlations(comparison.predicted());
  const at::Tensor truth = pair_correlations(comparison.truth());
  const at::Tensor both = predicted.isfinite().logical_and(truth.isfinite());
  return {predicted.masked_select(both), truth.masked_select(both)};
}

bool too_few(const Comparison& comparison, std::int64_t least) {
  return comparison.predicted().size() < least || comparison.truth().size() < least;
}

// `count` of `size` cells, evenly spaced.
at::Tensor spaced(std::int64_t size, std::int64_t count) {
  return at::arange(count, at::kLong).mul(size).div(count, "floor");
}

}  // namespace cellot_metrics_detail

double l2_std(const Comparison& comparison) {
  return (comparison.predicted().variance().sqrt() - comparison.truth().variance().sqrt()).norm(2).item<double>();
}

double pearson_std(const Comparison& comparison) {
  return pearson(comparison.predicted().variance().sqrt(), comparison.truth().variance().sqrt());
}

double l2_gene_correlation(const Comparison& comparison) {
  if (cellot_metrics_detail::too_few(comparison, 2)) return cellot_metrics_detail::kNaN;
  const auto [predicted, truth] = cellot_metrics_detail::common_correlations(comparison);
  return predicted.numel() == 0 ? cellot_metrics_detail::kNaN : (predicted - truth).norm(2).item<double>();
}

double pearson_gene_correlation(const Comparison& comparison) {
  if (cellot_metrics_detail::too_few(comparison, 2)) return cellot_metrics_detail::kNaN;
  const auto [predicted, truth] = cellot_metrics_detail::common_correlations(comparison);
  return predicted.numel() < 2 ? cellot_metrics_detail::kNaN : pearson(predicted, truth);
}

double mmd_50gammas(const Comparison& comparison) {
  constexpr int kGammas = 50;
  double sum = 0.0;
  for (int i = 0; i < kGammas; ++i) sum += mmd_squared(comparison, std::pow(10.0, 1.0 - 4.0 * i / (kGammas - 1.0)));
  return sum / kGammas;
}

double neighbour_enrichment(const Comparison& comparison, std::int64_t k) {
  namespace detail = cellot_metrics_detail;
  constexpr std::int64_t kMost = 250;
  const std::int64_t n = std::min(comparison.predicted().size(), comparison.truth().size());
  if (n < 3) return detail::kNaN;
  const at::Tensor predicted = detail::spaced(comparison.predicted().size(), n);
  const at::Tensor truth = detail::spaced(comparison.truth().size(), n);
  const at::Tensor within = comparison.within_predicted().index_select(0, predicted).index_select(1, predicted);
  const at::Tensor across = comparison.predicted_to_truth().index_select(0, predicted).index_select(1, truth);
  if (!within.isfinite().all().item<bool>() || !across.isfinite().all().item<bool>()) return detail::kNaN;
  at::Tensor joint = at::cat({within, across}, 1);
  joint.diagonal().fill_(-1.0);  // the cell itself comes first and is left out
  const at::Tensor order = std::get<1>(joint.sort(/*stable=*/true, /*dim=*/1, /*descending=*/false));
  const at::Tensor nearest = order.narrow(1, 1, std::min({k, n - 1, kMost}));
  return nearest.lt(n).to(at::kDouble).mean().item<double>();
}

}  // namespace brenier::train
