// Tensors as inputs of an autograd node (torch::autograd::Function), which takes no undefined ones.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

namespace brenier::ot {

// An empty tensor in place of an undefined one.
[[nodiscard]] inline at::Tensor present(const at::Tensor& tensor) { return tensor.defined() ? tensor : at::empty({0}); }

// Whether a gradient has to be computed for it.
[[nodiscard]] inline bool wants(const at::Tensor& tensor) { return tensor.defined() && tensor.requires_grad(); }

}  // namespace brenier::ot
