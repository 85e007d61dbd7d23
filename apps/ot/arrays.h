// .npy files as tensors and back.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace brenier::apps {

// The array of a file in its own type, or as `dtype`. kData for what core/io/npy.h refuses.
[[nodiscard]] at::Tensor read_tensor(const std::string& path);
[[nodiscard]] at::Tensor read_tensor(const std::string& path, at::ScalarType dtype);
// float32 and float64 tensors; written beside its place and renamed.
void write_tensor(const std::string& path, const at::Tensor& tensor);

}  // namespace brenier::apps
