// Correlations of two vectors, as the metrics use them.
//
//   pearson   corr(x, y); NaN when one of them does not vary
//   spearman  Pearson of the ranks, ties at their mean rank (wilcoxon1945individual)
//   cosine    <x, y> / (|x| |y|); NaN when one of them is zero
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace brenier::train {

// float64, any equal shapes. A vector counts as constant when its deviation is below `noise` (a Euclidean norm).
[[nodiscard]] double pearson(const at::Tensor& x, const at::Tensor& y, double noise = 0.0);
[[nodiscard]] double cosine(const at::Tensor& x, const at::Tensor& y);
[[nodiscard]] double spearman(const std::vector<double>& x, const std::vector<double>& y);
// 1-based ranks, ties at their mean. NaN comes last.
[[nodiscard]] std::vector<double> mean_ranks(const std::vector<double>& values);

}  // namespace brenier::train
