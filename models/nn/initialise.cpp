#include "models/nn/initialise.h"

#include <ATen/ATen.h>

namespace brenier::models {
namespace initialise_detail {

template <class Draw>
at::Tensor filled(const std::vector<std::int64_t>& shape, at::ScalarType dtype, const Draw& draw) {
  auto tensor = at::empty(shape, at::kDouble);
  auto* values = tensor.data_ptr<double>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = draw();
  return tensor.to(dtype);
}

}  // namespace initialise_detail

at::Tensor uniform_tensor(RandomStream& stream, const std::vector<std::int64_t>& shape, double low, double high,
                          at::ScalarType dtype) {
  return initialise_detail::filled(shape, dtype, [&] { return stream.uniform(low, high); });
}

at::Tensor normal_tensor(RandomStream& stream, const std::vector<std::int64_t>& shape, double deviation,
                         at::ScalarType dtype) {
  return initialise_detail::filled(shape, dtype, [&] { return deviation * stream.normal(); });
}

}  // namespace brenier::models
