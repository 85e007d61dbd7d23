// Sorting, ranks, quantiles and top-k as transport on the line, differentiable (cuturi2019differentiable).
//
//   auto sorted = soft_sort(values);              // [N] -> [N], increasing
//   auto ranks = soft_rank(values);               // [N] -> [N], 0 for the smallest to N - 1
//   auto medians = soft_quantile(rows, {0.5});    // [B, N] -> [B, 1]
//   auto mask = soft_topk_mask(values, 3);        // [N] -> [N], near 1 at the 3 largest
//
// The values v, squashed to z in (0, 1), weights a = 1/N, are carried to targets t = linspace(0, 1, M) of weights b by
// Sinkhorn with cost (z - t)^2. With P the plan:
//   sort_j = sum_i P_ij v_i / b_j     rank_i = N sum_j P_ij j (N - 1) / (M - 1)     b = 1/M
//   quantiles: b is small at one target a level (see soft_quantile), and sort_j is read there
//   top-k: two targets, b = (1 - k/N, k/N), mask_i = N P_i1
// epsilon -> 0 gives the hard answers (of quantiles: means over a block of sorted values); the set-up is that of
// cuturi2022ott. Values [N], or the rows of [B, N] each on its own; float32 or float64. Always computed in float64.
//
// Gradients flow to the values through v, z and (implicitly) the potentials; once. A row of values that are all equal
// (to rounding) has no scale and is squashed by the logistic function of v - mean.
// A solve that does not reach the threshold throws kNumerical: the tensors returned are always of a converged plan. So
// does backward at an epsilon so small that the plan is a permutation to rounding: there is no gradient left to
// compute.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "ot/sinkhorn/settings.h"

namespace brenier::ot {

enum class Squash {
  kLogistic,  // z = 1 / (1 + exp(-(v - mean) / population standard deviation)), by row
  kNone       // z = v: values should lie in about [0, 1], and epsilon is in their units squared
};

struct SoftSortSettings {
  double epsilon = 1e-2;  // in units of squared differences of z
  Squash squash = Squash::kLogistic;
  Index targets = 0;  // M of soft_sort and soft_rank, at least 2; 0: as many as values
  // See SinkhornSettings: the L1 marginal error of the plan. 0: max(1e-11, 1e-14 / epsilon), close to rounding.
  double threshold = 0;
  Index max_iterations = 10000;
  // How backward's linear system is solved.
  SchurSettings implicit{1e-10, 2000};
};

// All of them. kUsage: a setting out of range. kData: values that are not [N] or [B, N], float32 or float64 on the CPU
// and finite, or none at all. kNumerical: not converged within max_iterations.

// Increasing values [M] or [B, M]; their weighted sum is that of the values.
[[nodiscard]] at::Tensor soft_sort(const at::Tensor& values, const SoftSortSettings& settings = {});

// The k largest alone, increasing, [k] or [B, k]: one target of weight 1 - k/N takes the rest. settings.targets is not
// used. kUsage: k not in [1, N - 1].
[[nodiscard]] at::Tensor soft_topk(const at::Tensor& values, Index k, const SoftSortSettings& settings = {});

// From 0 for the smallest to N - 1 for the largest, [N] or [B, N].
[[nodiscard]] at::Tensor soft_rank(const at::Tensor& values, const SoftSortSettings& settings = {});

// In (0, 1), the sum of a row is k, [N] or [B, N]. settings.targets is not used. kUsage: k not in [1, N - 1].
[[nodiscard]] at::Tensor soft_topk_mask(const at::Tensor& values, Index k, const SoftSortSettings& settings = {});

// [Q] or [B, Q], in the order of `levels`, which are different numbers in (0, 1) (kUsage). 2 Q + 1 targets; those at
// odd places get the weight w each, centred at the levels' own places, and those between get the rest. A larger w
// averages over more values. w = min(weight, 1 / (2 Q), half of each gap between levels, 0 and 1), where `weight` 0
// stands for min(0.02, 1.5 / N). settings.targets is not used. kUsage: a weight below 0.
[[nodiscard]] at::Tensor soft_quantile(const at::Tensor& values, const std::vector<double>& levels,
                                       const SoftSortSettings& settings = {}, double weight = 0);

}  // namespace brenier::ot
