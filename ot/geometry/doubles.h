// Between tensors and the plain float64 numbers that solvers compute with. Nothing here is differentiated.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

namespace brenier::ot {

// A contiguous float64 copy (or the tensor itself) on the processor, and its values. The tensor must outlive the span.
[[nodiscard]] at::Tensor to_doubles(const at::Tensor& tensor);
[[nodiscard]] std::span<const double> values_of(const at::Tensor& doubles);

// A row-major copy; empty for an undefined tensor.
[[nodiscard]] std::vector<double> to_vector(const at::Tensor& tensor);

// The values as a tensor of that shape with dtype and device of `like`.
[[nodiscard]] at::Tensor from_doubles(std::span<const double> values, at::IntArrayRef shape, const at::Tensor& like);

// The same on the processor; undefined when there are no values.
[[nodiscard]] at::Tensor to_tensor(const std::vector<double>& values, at::IntArrayRef shape, at::ScalarType dtype);

}  // namespace brenier::ot
