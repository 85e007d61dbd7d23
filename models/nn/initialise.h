// Initial weights, drawn from a named stream (same bytes for the same seed, whatever the thread count).
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <vector>

#include "core/random.h"

namespace brenier::models {

// Entries uniform in [low, high) or normal with the given standard deviation, drawn in row-major order.
[[nodiscard]] at::Tensor uniform_tensor(RandomStream& stream, const std::vector<std::int64_t>& shape, double low,
                                        double high, at::ScalarType dtype = at::kFloat);
[[nodiscard]] at::Tensor normal_tensor(RandomStream& stream, const std::vector<std::int64_t>& shape, double deviation,
                                       at::ScalarType dtype = at::kFloat);

}  // namespace brenier::models
