// Gradients against central differences.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace brenier::ot {

// Largest difference of the gradient of `value` at a point from central differences along each axis; with keep_total,
// along each axis less another one, which leaves the sum of weights as it is.
inline double difference_error(const std::function<at::Tensor(const at::Tensor&)>& value, const at::Tensor& at,
                               bool keep_total) {
  const double h = 1e-6;
  const at::Tensor leaf = at.clone().requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad({value(leaf)}, {leaf})[0];
  double worst = 0;
  for (std::int64_t k = 0; k < at.numel(); ++k) {
    at::Tensor direction = at::zeros_like(at);
    direction.view({-1})[k] = 1.0;
    if (keep_total) direction.view({-1})[(k + 3) % at.numel()] -= 1.0;
    const double expected = ((value(at + h * direction) - value(at - h * direction)) / (2 * h)).item<double>();
    worst = std::max(worst, std::abs((gradient * direction).sum().item<double>() - expected));
  }
  return worst;
}

}  // namespace brenier::ot
