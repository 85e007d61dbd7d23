// r2_mean, r2_variance: coefficient of determination between predicted and true gene means (variances).
//
//   R2 = 1 - sum_g (t_g - p_g)^2 / sum_g (t_g - mean t)^2          t: true, p: predicted, over genes g
//
// Not the squared Pearson correlation that CellOT and CMonge print under the same name: a shift or a wrong scale lowers
// R2, it can be negative, and 1 means equal. The form of sklearn.metrics.r2_score and of chemCPA and CPA, without their
// clipping at 0. NaN when the true values do not vary over genes (one gene), or a variance has too few cells.
#pragma once

#include <ATen/core/Tensor.h>

#include "train/metric/comparison.h"

namespace brenier::train {

// truth and predicted [G], any floating dtype.
[[nodiscard]] double coefficient_of_determination(const at::Tensor& truth, const at::Tensor& predicted);

[[nodiscard]] double r2_mean(const Comparison& comparison);
[[nodiscard]] double r2_variance(const Comparison& comparison);

}  // namespace brenier::train
