// metric_list of metric.h: every metric by name.
#include <ATen/ATen.h>

#include <limits>
#include <utility>

#include "train/metric/across_contexts.h"
#include "train/metric/cellot_metrics.h"
#include "train/metric/differential_metrics.h"
#include "train/metric/energy_distance.h"
#include "train/metric/gears_metrics.h"
#include "train/metric/l2_mean.h"
#include "train/metric/metric.h"
#include "train/metric/mmd.h"
#include "train/metric/mmd_kernels.h"
#include "train/metric/pearson_delta.h"
#include "train/metric/profile.h"
#include "train/metric/r2.h"
#include "train/metric/sinkhorn.h"

namespace brenier::train {
namespace metric_list_detail {

using enum Direction;
using Profiles = std::vector<ContextProfile>;
using OfContext = std::function<double(const Comparison&)>;
using OfContexts = std::function<std::vector<double>(const Profiles&)>;

Metric of_context(std::string name, std::string summary, Direction direction, OfContext compute,
                  bool pairwise = false) {
  return {std::move(name), std::move(summary), direction, pairwise, {}, std::move(compute), Scope::kContext, {}, {}};
}

Metric of_contexts(std::string name, std::string summary, Direction direction, OfContexts compute) {
  return {std::move(name), std::move(summary), direction, false, {}, {}, Scope::kContexts, std::move(compute), {}};
}

Metric of_all(std::string name, std::string summary, Direction direction, double (*compute)(const Profiles&),
              ProfileNeeds needs) {
  return {std::move(name),
          std::move(summary),
          direction,
          false,
          {},
          {},
          Scope::kAllContexts,
          [compute](const Profiles& profiles) { return std::vector<double>{compute(profiles)}; },
          needs};
}

// Tests refuse NaN, where a metric is to be NaN.
OfContext tested(OfContext compute) {
  return [compute = std::move(compute)](const Comparison& comparison) {
    for (const Population* population : {&comparison.control(), &comparison.predicted(), &comparison.truth()}) {
      if (!population->mean().isfinite().all().item<bool>()) return std::numeric_limits<double>::quiet_NaN();
    }
    return compute(comparison);
  };
}

void add_first(std::vector<Metric>& list) {
  list.insert(
      list.end(),
      {of_context("r2_mean", "coefficient of determination of the gene means", kHigherIsBetter, &r2_mean),
       of_context("r2_variance", "coefficient of determination of the gene variances", kHigherIsBetter, &r2_variance),
       of_context("pearson_delta", "correlation of predicted and true change from control", kHigherIsBetter,
                  &pearson_delta),
       of_context("l2_mean", "Euclidean distance of the gene means", kLowerIsBetter, &l2_mean),
       of_context("mmd", "squared maximum mean discrepancy, mean over six bandwidths", kLowerIsBetter, &mmd, true),
       of_context("mmd_median", "squared maximum mean discrepancy, median heuristic", kLowerIsBetter, &mmd_median,
                  true),
       of_context("mmd_10kernels", "squared maximum mean discrepancy, sum of ten kernels, blocks of 256 cells",
                  kLowerIsBetter, &mmd_10kernels, true),
       of_context("sinkhorn_divergence", "Sinkhorn divergence, squared distances", kLowerIsBetter, &sinkhorn_divergence,
                  true),
       of_context("energy_distance", "energy distance, all pairs", kLowerIsBetter, &energy_distance, true),
       of_context("energy_distance_u", "energy distance, pairs of different cells", kLowerIsBetter, &energy_distance_u,
                  true)});
}

void add_profiles(std::vector<Metric>& list) {
  const std::pair<const char*, Similarity> similarities[] = {{"cosine", Similarity::kCosine},
                                                             {"pearson", Similarity::kPearson},
                                                             {"rmse", Similarity::kRmse},
                                                             {"mse", Similarity::kMse},
                                                             {"mae", Similarity::kMae}};
  const std::pair<const char*, Aggregation> aggregations[] = {{"average", Aggregation::kAverage},
                                                              {"delta", Aggregation::kDelta},
                                                              {"logfc", Aggregation::kLogFoldChange},
                                                              {"scaled", Aggregation::kScaled}};
  for (const auto& [aggregation_name, aggregation] : aggregations) {
    for (const auto& [similarity_name, similarity] : similarities) {
      const std::string name = std::string(similarity_name) + "_" + aggregation_name;
      const Direction direction = higher_is_closer(similarity) ? kHigherIsBetter : kLowerIsBetter;
      const std::string summary = std::string(similarity_name) + " of the " + aggregation_name + " profiles";
      // Structured bindings cannot be captured.
      const Aggregation by = aggregation;
      const Similarity as = similarity;
      if (name == "pearson_delta") {
        // Listed above, with its rule for changes that are rounding.
      } else if (by == Aggregation::kScaled) {
        list.push_back(of_contexts(name, summary, direction, [as](const Profiles& p) { return scaled_scores(p, as); }));
      } else {
        list.push_back(of_context(name, summary, direction,
                                  [by, as](const Comparison& c) { return compare_profiles(c, by, as); }));
      }
      list.push_back(of_contexts("rank_" + name, "place of the own prediction among all by " + name, kLowerIsBetter,
                                 [by, as](const Profiles& p) { return profile_ranks(p, by, as); }));
    }
  }
}

void add_cellot(std::vector<Metric>& list) {
  const auto enrichment = [](std::int64_t k) {
    return [k](const Comparison& comparison) { return neighbour_enrichment(comparison, k); };
  };
  list.insert(list.end(),
              {of_context("l2_std", "Euclidean distance of the standard deviations", kLowerIsBetter, &l2_std),
               of_context("pearson_std", "correlation of the standard deviations", kHigherIsBetter, &pearson_std),
               of_context("l2_gene_correlation", "Euclidean distance of the correlations between genes", kLowerIsBetter,
                          &l2_gene_correlation),
               of_context("pearson_gene_correlation", "correlation of the correlations between genes", kHigherIsBetter,
                          &pearson_gene_correlation),
               of_context("mmd_50gammas", "squared maximum mean discrepancy, mean over 50 bandwidths", kLowerIsBetter,
                          &mmd_50gammas, true),
               of_context("enrichment_k50", "predicted cells among 50 neighbours of one, 1/2 best", kNeither,
                          enrichment(50), true),
               of_context("enrichment_k100", "predicted cells among 100 neighbours of one, 1/2 best", kNeither,
                          enrichment(100), true)});
}

void add_gears(std::vector<Metric>& list) {
  const auto direction = [](int difference) {
    return [difference](const Comparison& comparison) { return direction_share(comparison, difference); };
  };
  const auto range = [](double low, double high) {
    return [low, high](const Comparison& comparison) { return in_range_share(comparison, low, high); };
  };
  const auto below = [](double most) {
    return [most](const Comparison& comparison) { return sigma_share(comparison, most); };
  };
  list.insert(
      list.end(),
      {of_context("frac_correct_direction", "genes that change in the true direction", kHigherIsBetter, direction(0)),
       of_context("frac_opposite_direction", "genes that change in the opposite direction", kLowerIsBetter,
                  direction(2)),
       of_context("frac_zero_direction", "genes that change on one side only", kLowerIsBetter, direction(1)),
       of_context("frac_in_range", "predicted means inside the true cells' range", kHigherIsBetter, range(0.0, 100.0)),
       of_context("frac_in_range_45_55", "predicted means between the 45th and 55th percentile", kHigherIsBetter,
                  range(45.0, 55.0)),
       of_context("frac_in_range_40_60", "predicted means between the 40th and 60th percentile", kHigherIsBetter,
                  range(40.0, 60.0)),
       of_context("frac_in_range_25_75", "predicted means between the 25th and 75th percentile", kHigherIsBetter,
                  range(25.0, 75.0)),
       of_context("mean_sigma", "error of the means in standard deviations", kLowerIsBetter, &mean_sigma),
       of_context("frac_sigma_below_1", "genes with an error of at most one standard deviation", kHigherIsBetter,
                  below(1.0)),
       of_context("frac_sigma_below_2", "genes with an error of at most two standard deviations", kHigherIsBetter,
                  below(2.0))});
}

void add_differential(std::vector<Metric>& list) {
  for (const std::int64_t k : {0, 50, 100, 200, 500}) {
    const std::string at = k == 0 ? "N" : std::to_string(k);
    list.push_back(of_context("overlap_at_" + at, "significant genes in common, share of the true ones",
                              kHigherIsBetter, tested([k](const Comparison& c) { return overlap_at(c, k); })));
    list.push_back(of_context("precision_at_" + at, "significant genes in common, share of the predicted ones",
                              kHigherIsBetter, tested([k](const Comparison& c) { return precision_at(c, k); })));
  }
  list.insert(
      list.end(),
      {of_context("de_direction_match", "significant genes that change in the true direction", kHigherIsBetter,
                  tested(&de_direction_match)),
       of_context("de_spearman_lfc_sig", "rank correlation of fold changes of significant genes", kHigherIsBetter,
                  tested(&de_spearman_lfc_sig)),
       of_context("de_sig_genes_recall", "significant genes that are predicted so", kHigherIsBetter,
                  tested(&de_sig_genes_recall)),
       of_context("de_nsig_true", "number of truly significant genes", kNeither, tested(&de_nsig_true)),
       of_context("de_nsig_predicted", "number of genes predicted significant", kNeither, tested(&de_nsig_predicted)),
       of_context("pr_auc", "average precision of finding the significant genes", kHigherIsBetter, tested(&pr_auc)),
       of_context("roc_auc", "area under the curve of finding the significant genes", kHigherIsBetter,
                  tested(&roc_auc))});
}

void add_across(std::vector<Metric>& list) {
  const auto discrimination = [](EffectDistance distance) {
    return [distance](const Profiles& profiles) { return discrimination_scores(profiles, distance); };
  };
  list.insert(list.end(), {of_contexts("discrimination_score_l1", "place of the own truth among all by L1",
                                       kHigherIsBetter, discrimination(EffectDistance::kL1)),
                           of_contexts("discrimination_score_l2", "place of the own truth among all by L2",
                                       kHigherIsBetter, discrimination(EffectDistance::kL2)),
                           of_contexts("discrimination_score_cosine", "place of the own truth among all by cosine",
                                       kHigherIsBetter, discrimination(EffectDistance::kCosine)),
                           of_all("pearson_edistance", "correlation of the energy distances to control",
                                  kHigherIsBetter, &pearson_edistance, {.energy = true}),
                           of_all("de_spearman_sig", "rank correlation of the numbers of significant genes",
                                  kHigherIsBetter, &de_spearman_sig, {.significant = true}),
                           of_all("spread_error", "difference of the effects between contexts, relative to truth",
                                  kLowerIsBetter, &spread_error, {})});
}

}  // namespace metric_list_detail

const std::vector<Metric>& metric_list() {
  static const std::vector<Metric> kList = [] {
    std::vector<Metric> list;
    metric_list_detail::add_first(list);
    metric_list_detail::add_profiles(list);
    metric_list_detail::add_cellot(list);
    metric_list_detail::add_gears(list);
    metric_list_detail::add_differential(list);
    metric_list_detail::add_across(list);
    return list;
  }();
  return kList;
}

}  // namespace brenier::train
