#include "ot/geometry/doubles.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace brenier::ot {
namespace doubles_detail {

at::Tensor filled(std::span<const double> values, at::IntArrayRef shape) {
  at::Tensor out = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  std::copy(values.begin(), values.end(), out.mutable_data_ptr<double>());
  return out;
}

}  // namespace doubles_detail

at::Tensor to_doubles(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kDouble).contiguous(); }

std::span<const double> values_of(const at::Tensor& doubles) {
  return {doubles.const_data_ptr<double>(), static_cast<std::size_t>(doubles.numel())};
}

std::vector<double> to_vector(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  const at::Tensor doubles = to_doubles(tensor);
  const auto values = values_of(doubles);
  return {values.begin(), values.end()};
}

at::Tensor from_doubles(std::span<const double> values, at::IntArrayRef shape, const at::Tensor& like) {
  return doubles_detail::filled(values, shape).to(like.device(), like.scalar_type());
}

at::Tensor to_tensor(const std::vector<double>& values, at::IntArrayRef shape, at::ScalarType dtype) {
  if (values.empty()) return {};
  return doubles_detail::filled(values, shape).to(dtype);
}

}  // namespace brenier::ot
