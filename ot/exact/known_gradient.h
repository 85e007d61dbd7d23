// A scalar tensor whose gradients are known numbers, for autograd; and the checks of weights that go with it.
//
//   d value / d inputs[k] = gradients[k]
//
// The exact solvers compute in doubles on the processor. Their inputs are float32 or float64 tensors on any device, and
// their outputs have the inputs' dtype and device.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ot/geometry/doubles.h"

namespace brenier::ot {

inline constexpr std::size_t kKnownInputs = 4;

struct KnownGradients {
  std::array<at::Tensor, kKnownInputs> inputs;     // undefined: absent, or not differentiated
  std::array<at::Tensor, kKnownInputs> gradients;  // of the inputs' shapes; dense or sparse COO
  // The gradient is locally constant, so that it may be differentiated again. Otherwise a backward with create_graph
  // throws kUsage: no second derivative rather than a wrong one.
  bool piecewise_linear = false;
};

// True when autograd will ask for the gradient of one of them.
[[nodiscard]] bool needs_gradient(std::initializer_list<at::Tensor> tensors);

[[nodiscard]] at::Tensor with_known_gradients(const at::Tensor& value, const KnownGradients& known);

// Weights `name` [count] of the dtype and device of `like` (kData otherwise); an undefined tensor means 1 / count each.
[[nodiscard]] std::vector<double> weight_values(const at::Tensor& weights, const std::string& name, std::int64_t count,
                                                const at::Tensor& like);
// What rounding of that dtype may do to sum(a) = sum(b): kMassTolerance or kMassToleranceSingle.
[[nodiscard]] double mass_tolerance_of(const at::Tensor& like);

// Same dtype and device, or kData naming both.
void check_same_kind(const at::Tensor& a, const std::string& a_name, const at::Tensor& b, const std::string& b_name);

}  // namespace brenier::ot
