// How alike the profile of a prediction is to that of the truth: similarity x aggregation, perturbench's grid.
//
// A profile is one vector of G genes that stands for a population P with control C:
//   average  mean(P)                                                     [0, ..) as the data
//   delta    mean(P) - mean(C), each side's own control                  cell-eval's perturbation effect
//   logfc    log2(mean(P) + 0.1) - log2(mean(C) + 0.1)                   of the means as they are, no expm1:
//   perturbench
//            0 where that is not defined (a mean below -0.1)
//   scaled   (mean(P) - mu) / sigma, mu and sigma over all cells of the side, control included (profile_ranks.h);
//            perturbench's without its clipping of cells at 10 sigma
// and is compared by
//   cosine   higher  <p, t> / (|p| |t|)                  pearson  higher  corr(p, t)
//   rmse     lower   sqrt(mean_g (p - t)^2)              mse      lower   mean_g (p - t)^2
//   mae      lower   mean_g |p - t|
// mse_average, mae_average, mse_delta and mae_delta are cell-eval's mse, mae, mse_delta and mae_delta; pearson_average
// is what CellOT calls r2-means and GEARS pearson.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "train/metric/comparison.h"

namespace brenier::train {

enum class Aggregation { kAverage, kDelta, kLogFoldChange, kScaled };
enum class Similarity { kCosine, kPearson, kRmse, kMse, kMae };

[[nodiscard]] bool higher_is_closer(Similarity similarity);
[[nodiscard]] double compare_profiles(const at::Tensor& predicted, const at::Tensor& truth, Similarity similarity);
// float64 [G]. Not for kScaled, which needs all contexts.
[[nodiscard]] at::Tensor profile(const at::Tensor& mean, const at::Tensor& control_mean, Aggregation aggregation);
[[nodiscard]] double compare_profiles(const Comparison& comparison, Aggregation aggregation, Similarity similarity);

}  // namespace brenier::train
