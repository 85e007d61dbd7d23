// Wasserstein distance on the line, for tensors: W_p^p with gradients. The method is in one_dimensional.h.
//
// x [N], y [M] float32 or float64; a [N], b [M] alike, or undefined for uniform weights. The result is a scalar of the
// same dtype, differentiable once in x, y, a and b. The derivatives by weights are the potentials, with those of a
// shifted to mean 0: they hold for changes that keep the total masses equal. Where points of x and y swap their order,
// or for p = 1 coincide, the value has a kink and the gradient is one of those at the kink. Refused: what
// one_dimensional.h refuses, wrong shapes, dtypes that differ (kData).
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::ot {

[[nodiscard]] at::Tensor wasserstein_1d(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a = {},
                                        const at::Tensor& b = {}, double p = 2.0);

}  // namespace brenier::ot
