// Central finite differences in float64, to check gradients that are written by hand.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace brenier::models {

// d f / d tensor, element by element: (f(+h) - f(-h)) / 2h. `f` reads `tensor`, which is changed in place and put back.
inline at::Tensor finite_difference(const std::function<double()>& f, const at::Tensor& tensor, double h = 1e-5) {
  const c10::NoGradGuard no_grad;
  auto values = tensor.detach();
  auto gradient = at::zeros_like(values);
  auto flat = values.view(-1);
  auto out = gradient.view(-1);
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    const double kept = flat[i].item<double>();
    flat[i].fill_(kept + h);
    const double above = f();
    flat[i].fill_(kept - h);
    const double below = f();
    flat[i].fill_(kept);
    out[i].fill_((above - below) / (2 * h));
  }
  return gradient;
}

// max |a - b| / max(1, max |b|).
inline double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>() / std::max(1.0, b.abs().max().item<double>());
}

}  // namespace brenier::models
