// Two weighted clouds on their way into a distance that is made of distances on the line, and that distance's value and
// gradients on their way out. For wasserstein_1d.cpp and sliced.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include "ot/exact/masses.h"
#include "ot/exact/one_dimensional.h"

namespace brenier::ot {

struct TwoClouds {
  at::Tensor x;  // contiguous float64 on the processor
  at::Tensor y;
  Masses masses;
};

// x and y of known shapes. kData: a dtype that is not floating or not the same for both, weights as in masses.h,
// coordinates as in check_values.
[[nodiscard]] TwoClouds two_clouds(const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b);

// The value as a scalar tensor like x, differentiable in the four.
[[nodiscard]] at::Tensor with_line_gradient(const OneDimensionalGradient& gradient, const at::Tensor& x,
                                            const at::Tensor& y, const at::Tensor& a, const at::Tensor& b);

}  // namespace brenier::ot
