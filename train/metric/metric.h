// The list of metrics: name -> how well predicted cells match the true ones.
//
//   make_metric("r2_mean_top50")(control, predicted, truth)
//
// A name is a metric of the list below, optionally followed by the genes it looks at:
//   r2_mean          all genes
//   r2_mean_top50    the 50 genes with the largest |mean(truth) - mean(control)|       (changed_genes.h)
//   r2_mean_tscore50 the 50 genes with the largest |Welch t| between truth and control (changed_genes.h)
//
// and `_nonzero50`, `_nondropout50`: of the ranking by |Welch t| those that are not 0 in all true cells, or are 0 in
// all true and all control cells (GEARS).
//
// docs/evaluation.md defines every metric. They live in r2.h, pearson_delta.h, l2_mean.h, mmd.h, mmd_kernels.h, energy_distance.h,
// sinkhorn.h, profile.h, cellot_metrics.h, gears_metrics.h, differential_metrics.h and across_contexts.h;
// metric_list.cpp lists them, metric_sets.h has the sets of other tools by name.
//
// A metric that is not defined (no variance, too few cells) is NaN, written as null, never 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "train/metric/comparison.h"
#include "train/metric/context_profile.h"

namespace brenier::train {

enum class Direction { kHigherIsBetter, kLowerIsBetter, kNeither };

enum class Scope {
  kContext,      // a value a context, from its own cells
  kContexts,     // a value a context, which depends on the other contexts too
  kAllContexts,  // one value for all contexts together
};

// Which genes a metric looks at.
struct GeneChoice {
  enum class Kind { kAll, kTopDifference, kTopTScore, kTopNonZero, kTopNonDropout };
  Kind kind = Kind::kAll;
  std::int64_t count = 0;
};

struct Metric {
  std::string name;  // as asked for: "mmd_top50"
  std::string summary;
  Direction direction = Direction::kHigherIsBetter;
  bool pairwise = false;  // looks at every pair of cells: evaluate() limits their number
  GeneChoice genes;
  std::function<double(const Comparison&)> compute;  // on the chosen genes; of scope kContext
  Scope scope = Scope::kContext;
  // Of the other scopes: a value a context, or one.
  std::function<std::vector<double>(const std::vector<ContextProfile>&)> compute_all;
  ProfileNeeds needs;

  // The genes this metric looks at (int64 [k], undefined for all), chosen by control and truth.
  [[nodiscard]] at::Tensor choose_genes(const Population& control, const Population& truth) const;
  // NaN where the metric is not defined, as it is for one context when it needs several.
  [[nodiscard]] double operator()(const Comparison& comparison) const;
  [[nodiscard]] double operator()(const at::Tensor& control, const at::Tensor& predicted,
                                  const at::Tensor& truth) const;
};

// The metrics above without a choice of genes.
[[nodiscard]] const std::vector<Metric>& metric_list();
[[nodiscard]] std::vector<std::string> metric_names();
// Throws kUsage with the nearest known name.
[[nodiscard]] Metric make_metric(const std::string& name);
[[nodiscard]] bool is_metric(const std::string& name);
// A metric that scores one context by itself: what a training can be judged by.
[[nodiscard]] bool is_context_metric(const std::string& name);
// "one of 'r2_mean', .., or one of them with '_top<k>' or ..": for messages.
[[nodiscard]] std::string allowed_metrics();

}  // namespace brenier::train
