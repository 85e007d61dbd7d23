// Between tensors and the float64 vectors of implicit/derivatives.h.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

// Empty for an undefined tensor.
[[nodiscard]] std::vector<double> to_vector(const at::Tensor& tensor);
// Undefined for an empty vector when `count` is not 0.
[[nodiscard]] at::Tensor to_tensor(const std::vector<double>& values, at::IntArrayRef shape, at::ScalarType dtype);

// kData: a move of another shape than what it moves.
[[nodiscard]] ProblemTangent to_tangent(const SinkhornRecord& record, const SinkhornMove& move);
[[nodiscard]] SinkhornMove to_move(const SinkhornRecord& record, const ProblemTangent& tangent);

}  // namespace brenier::ot
