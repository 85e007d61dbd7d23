// How much of the true latents a linear map of the learned ones explains (lopez2023svae):
//
//   R2_j = 1 - min_{w, b} sum_n (y_nj - w . x_n - b)^2 / sum_n (y_nj - mean y_j)^2        in [0, 1], higher is better
//
// and the mean over true latents j. Least squares on the cells that are scored, in float64, by the singular vectors of
// the centred latents; directions below rounding are left out, so latents that depend on each other do no harm. True
// latents that do not vary are left out; NaN when none does.
// kData: another number of cells on the two sides, fewer than two cells, values that are not finite.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::train {

// latents [N, L], truth [N, L'].
[[nodiscard]] double linear_r2(const at::Tensor& latents, const at::Tensor& truth);

}  // namespace brenier::train
