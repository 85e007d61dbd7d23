#include "train/metric/differential_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "train/metric/correlation.h"

namespace brenier::train {
namespace differential_metrics_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kFalseDiscovery = 0.05;
constexpr double kSmallest = 1e-10;

using Genes = std::vector<std::int64_t>;

double common_share(Genes a, Genes b, std::size_t k) {
  if (k == 0) return 0.0;
  a.resize(std::min(a.size(), k));
  b.resize(std::min(b.size(), k));
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  Genes both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(k);
}

std::size_t at_most(std::int64_t k, std::size_t size) {
  return k == 0 ? size : std::min(static_cast<std::size_t>(k), size);
}

int sign(double value) { return value > 0.0 ? 1 : value < 0.0 ? -1 : 0; }

// Steps of the curve of the labels by descending score: (true positives, false positives) after each distinct score,
// and the totals. Nothing when all labels agree.
struct Curve {
  std::vector<std::pair<double, double>> steps;
  double positives = 0.0;
  double negatives = 0.0;
};

Curve curve(const Comparison& comparison) {
  const auto& truth = comparison.true_differential().adjusted;
  const auto& predicted = comparison.predicted_differential().adjusted;
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto value = [&](std::size_t gene) { return std::clamp(predicted[gene], kSmallest, 1.0); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
  Curve out;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (truth[order[i]] < kFalseDiscovery ? out.positives : out.negatives) += 1.0;
    if (i + 1 == order.size() || value(order[i]) != value(order[i + 1])) {
      out.steps.emplace_back(out.positives, out.negatives);
    }
  }
  if (out.positives == 0.0 || out.negatives == 0.0) out.steps.clear();
  return out;
}

}  // namespace differential_metrics_detail

std::vector<std::int64_t> significant_genes(const Differential& differential) {
  std::vector<std::int64_t> genes;
  for (std::size_t gene = 0; gene < differential.adjusted.size(); ++gene) {
    if (differential.adjusted[gene] < differential_metrics_detail::kFalseDiscovery) {
      genes.push_back(static_cast<std::int64_t>(gene));
    }
  }
  const auto size = [&](std::int64_t gene) {
    return std::abs(static_cast<float>(differential.log_fold_change[static_cast<std::size_t>(gene)]));
  };
  std::stable_sort(genes.begin(), genes.end(), [&](std::int64_t a, std::int64_t b) { return size(a) > size(b); });
  return genes;
}

double overlap_at(const Comparison& comparison, std::int64_t k) {
  const auto truth = significant_genes(comparison.true_differential());
  const auto predicted = significant_genes(comparison.predicted_differential());
  return differential_metrics_detail::common_share(truth, predicted,
                                                   differential_metrics_detail::at_most(k, truth.size()));
}

double precision_at(const Comparison& comparison, std::int64_t k) {
  const auto truth = significant_genes(comparison.true_differential());
  const auto predicted = significant_genes(comparison.predicted_differential());
  return differential_metrics_detail::common_share(truth, predicted,
                                                   differential_metrics_detail::at_most(k, predicted.size()));
}

double de_direction_match(const Comparison& comparison) {
  namespace detail = differential_metrics_detail;
  const auto& truth = comparison.true_differential();
  const auto genes = significant_genes(truth);
  if (genes.empty()) return detail::kNaN;
  double same = 0.0;
  for (const auto gene : genes) {
    const auto at = static_cast<std::size_t>(gene);
    same +=
        detail::sign(truth.log_fold_change[at]) == detail::sign(comparison.predicted_differential().log_fold_change[at])
            ? 1.0
            : 0.0;
  }
  return same / static_cast<double>(genes.size());
}

double de_spearman_lfc_sig(const Comparison& comparison) {
  const auto& truth = comparison.true_differential();
  std::vector<double> of_truth;
  std::vector<double> of_prediction;
  for (const auto gene : significant_genes(truth)) {
    const auto at = static_cast<std::size_t>(gene);
    of_truth.push_back(static_cast<float>(truth.log_fold_change[at]));
    of_prediction.push_back(static_cast<float>(comparison.predicted_differential().log_fold_change[at]));
  }
  return spearman(of_truth, of_prediction);
}

double de_sig_genes_recall(const Comparison& comparison) {
  const auto truth = significant_genes(comparison.true_differential());
  if (truth.empty()) return differential_metrics_detail::kNaN;
  const auto& predicted = comparison.predicted_differential().adjusted;
  const auto shared = std::count_if(truth.begin(), truth.end(), [&](std::int64_t gene) {
    return predicted[static_cast<std::size_t>(gene)] < differential_metrics_detail::kFalseDiscovery;
  });
  return static_cast<double>(shared) / static_cast<double>(truth.size());
}

double de_nsig_true(const Comparison& comparison) {
  return static_cast<double>(significant_genes(comparison.true_differential()).size());
}

double de_nsig_predicted(const Comparison& comparison) {
  return static_cast<double>(significant_genes(comparison.predicted_differential()).size());
}

double pr_auc(const Comparison& comparison) {
  const auto curve = differential_metrics_detail::curve(comparison);
  if (curve.steps.empty()) return differential_metrics_detail::kNaN;
  double area = 0.0;
  double before = 0.0;
  for (const auto& [positives, negatives] : curve.steps) {
    area += (positives - before) / curve.positives * positives / (positives + negatives);
    before = positives;
  }
  return area;
}

double roc_auc(const Comparison& comparison) {
  const auto curve = differential_metrics_detail::curve(comparison);
  if (curve.steps.empty()) return differential_metrics_detail::kNaN;
  double area = 0.0;
  std::pair<double, double> before{0.0, 0.0};
  for (const auto& step : curve.steps) {
    area += (step.second - before.second) * (step.first + before.first) / 2.0;
    before = step;
  }
  return area / (curve.positives * curve.negatives);
}

}  // namespace brenier::train
