#include "train/metric/metric_sets.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/nearest_name.h"
#include "train/metric/metric.h"

namespace brenier::train {
namespace metric_sets_detail {

using Names = std::vector<std::string>;

Names cell_eval() {
  Names names = {"pearson_delta", "mse_average", "mae_average", "mse_delta", "mae_delta"};
  for (const char* distance : {"l1", "l2", "cosine"}) names.push_back(std::string("discrimination_score_") + distance);
  names.emplace_back("pearson_edistance");
  for (const char* kind : {"overlap_at_", "precision_at_"}) {
    for (const char* k : {"N", "50", "100", "200", "500"}) names.push_back(std::string(kind) + k);
  }
  names.insert(names.end(), {"de_spearman_sig", "de_direction_match", "de_spearman_lfc_sig", "de_sig_genes_recall",
                             "de_nsig_true", "de_nsig_predicted", "pr_auc", "roc_auc"});
  return names;
}

Names perturbench() {
  Names names;
  for (const char* aggregation : {"average", "scaled", "logfc"}) {
    for (const char* similarity : {"cosine", "pearson", "rmse"}) {
      const std::string name = std::string(similarity) + "_" + aggregation;
      names.push_back(name);
      names.push_back("rank_" + name);
    }
  }
  names.emplace_back("spread_error");
  return names;
}

Names cellot() {
  return {"l2_mean",
          "l2_std",
          "pearson_average",
          "pearson_std",
          "l2_gene_correlation_top50",
          "pearson_gene_correlation_top50",
          "mmd_50gammas_top50",
          "enrichment_k50_top50",
          "enrichment_k100_top50"};
}

Names gears() {
  Names names = {"mse_average", "pearson_average", "pearson_delta"};
  for (const char* genes : {"20", "50", "100", "200"}) {
    for (const char* base : {"mse_average_tscore", "pearson_average_tscore", "pearson_delta_tscore"})
      names.push_back(std::string(base) + genes);
  }
  names.insert(names.end(), {"frac_correct_direction", "frac_opposite_direction", "frac_zero_direction"});
  for (const char* genes : {"20", "50", "100", "200"})
    names.push_back(std::string("frac_correct_direction_tscore") + genes);
  for (const char* base : {"frac_in_range", "frac_in_range_45_55", "frac_in_range_40_60", "frac_in_range_25_75",
                           "mean_sigma", "frac_sigma_below_1", "frac_sigma_below_2"}) {
    names.push_back(std::string(base) + "_tscore20");
  }
  for (const char* base : {"mse_average", "pearson_average", "pearson_delta", "frac_correct_direction"}) {
    names.push_back(std::string(base) + "_nonzero20");
    names.push_back(std::string(base) + "_nondropout20");
  }
  return names;
}

const std::map<std::string, Names>& sets() {
  static const std::map<std::string, Names> kSets = {
      {"default",
       {"r2_mean", "r2_mean_top20", "r2_mean_top50", "r2_variance", "r2_variance_top50", "pearson_delta", "l2_mean",
        "mmd", "mmd_median", "energy_distance"}},
      {"cell_eval", cell_eval()},
      {"perturbench", perturbench()},
      {"cellot", cellot()},
      {"gears", gears()},
      {"all", metric_names()}};
  return kSets;
}

}  // namespace metric_sets_detail

const std::vector<std::string>& metric_set_names() {
  static const std::vector<std::string> kNames = {"default", "cell_eval", "perturbench", "cellot", "gears", "all"};
  return kNames;
}

bool is_metric_set(const std::string& name) { return metric_sets_detail::sets().contains(name); }

std::vector<std::string> expand_metrics(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  for (const std::string& name : names) {
    if (is_metric_set(name)) {
      for (const std::string& one : metric_sets_detail::sets().at(name)) add(one);
    } else if (is_metric(name)) {
      add(name);
    } else {
      auto known = metric_names();
      known.insert(known.end(), metric_set_names().begin(), metric_set_names().end());
      Error error(ErrorKind::kUsage, "unknown metric");
      error.found("'" + name + "'")
          .expected("a set (" + quoted_list(metric_set_names()) + "), or " + allowed_metrics());
      if (const auto near = nearest_name(name, known); !near.empty()) error.hint("did you mean '" + near + "'?");
      throw error;
    }
  }
  return out;
}

}  // namespace brenier::train
