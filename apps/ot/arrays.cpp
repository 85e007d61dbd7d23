#include "apps/ot/arrays.h"

#include <ATen/ATen.h>

#include <type_traits>

#include "core/io/npy.h"

namespace brenier::apps {

at::Tensor read_tensor(const std::string& path) {
  const auto array = read_npy(path);
  return std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        auto out = at::empty(array.shape, at::TensorOptions().dtype(c10::CppTypeToScalarType<Value>::value));
        std::copy(values.begin(), values.end(), out.template data_ptr<Value>());
        return out;
      },
      array.values);
}

at::Tensor read_tensor(const std::string& path, at::ScalarType dtype) { return read_tensor(path).to(dtype); }

void write_tensor(const std::string& path, const at::Tensor& tensor) {
  const auto plain = tensor.detach().contiguous();
  NpyArray array;
  array.shape = plain.sizes().vec();
  const auto copy = [&](auto zero) {
    using Value = decltype(zero);
    const auto* data = plain.const_data_ptr<Value>();
    array.values = std::vector<Value>(data, data + plain.numel());
  };
  if (plain.scalar_type() == at::kFloat) {
    copy(0.0F);
  } else {
    copy(0.0);
  }
  write_npy(path, array);
}

}  // namespace brenier::apps
