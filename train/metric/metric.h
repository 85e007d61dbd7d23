// The list of metrics: name -> how well predicted cells match the true ones.
//
//   make_metric("r2_mean_top50")(control, predicted, truth)
//
// A name is a metric of the list below, optionally followed by the genes it looks at:
//   r2_mean          all genes
//   r2_mean_top50    the 50 genes with the largest |mean(truth) - mean(control)|       (changed_genes.h)
//   r2_mean_tscore50 the 50 genes with the largest |Welch t| between truth and control (changed_genes.h)
//
//   r2_mean            higher  coefficient of determination of the gene means                   r2.h
//   r2_variance        higher  the same of the gene variances                                   r2.h
//   pearson_delta      higher  correlation of predicted and true change from control            pearson_delta.h
//   l2_mean            lower   Euclidean distance of the gene means                             l2_mean.h
//   mmd                lower   squared MMD, mean over the six bandwidths of CellOT              mmd.h
//   mmd_median         lower   squared MMD, bandwidth by the median heuristic                   mmd.h
//   sinkhorn_divergence  lower debiased entropic transport cost, eps 0.1 relative             sinkhorn.h
//   energy_distance    lower   2E|X-Y| - E|X-X'| - E|Y-Y'|, a cell with itself is a pair        energy_distance.h
//   energy_distance_u  lower   the same without those pairs: unbiased, can be negative          energy_distance.h
//
// A metric that is not defined (no variance, too few cells) is NaN, written as null, never 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/metric/comparison.h"

namespace brenier::train {

enum class Direction { kHigherIsBetter, kLowerIsBetter };

// Which genes a metric looks at.
struct GeneChoice {
  enum class Kind { kAll, kTopDifference, kTopTScore };
  Kind kind = Kind::kAll;
  std::int64_t count = 0;
};

struct Metric {
  std::string name;  // as asked for: "mmd_top50"
  std::string summary;
  Direction direction = Direction::kHigherIsBetter;
  bool pairwise = false;  // looks at every pair of cells: evaluate() limits their number
  GeneChoice genes;
  double (*compute)(const Comparison&) = nullptr;  // on the chosen genes

  // The genes this metric looks at (int64 [k], undefined for all), chosen by control and truth.
  [[nodiscard]] at::Tensor choose_genes(const Population& control, const Population& truth) const;
  // NaN where the metric is not defined.
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

}  // namespace brenier::train
