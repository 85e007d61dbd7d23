// The operators of torch.ops.brenier: the transport layer (ot/) for Python and TorchScript.
//
//   torch.ops.load_library("libbrenier_ops.so")
//   f, g, value, marginal_error, iterations = torch.ops.brenier.sinkhorn(x, y, a, b, 0.1)
//
// The schemas are in library.cpp. Tensors on the CPU, float32 or float64: x [N, D], y [M, D], weights a [N] and b [M]
// (none: uniform), epsilon a tensor of one number (differentiable) or a float (none: 0.05 times the mean cost).
// Differentiable in x, y, a, b and epsilon: value by the envelope, f, g and maps through the implicit system. The
// numbers are those of the C++ calls. Errors of the layer become Python's RuntimeError with the same text. Whoever
// calls looks at marginal_error: it is at most `threshold` when the solve converged.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace brenier::ops {

using MaybeTensor = std::optional<at::Tensor>;

// f [N], g [M], value, marginal error, iterations.
using Solved = std::tuple<at::Tensor, at::Tensor, at::Tensor, double, std::int64_t>;
[[nodiscard]] Solved sinkhorn(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                              const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                              std::int64_t max_iterations, const std::string& cost, const std::string& epsilon_scale,
                              const std::string& reference, const std::string& init, std::int64_t fixed_iterations);

// f and g of each problem, values [B], marginal errors [B] float64, iterations [B] int64. Lists of one tensor a
// problem; no weights: uniform for all.
using SolvedBatch = std::tuple<std::vector<at::Tensor>, std::vector<at::Tensor>, at::Tensor, at::Tensor, at::Tensor>;
[[nodiscard]] SolvedBatch sinkhorn_batch(at::TensorList x, at::TensorList y, at::TensorList a, at::TensorList b,
                                         const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                                         std::int64_t max_iterations, const std::string& cost,
                                         const std::string& epsilon_scale, const std::string& reference,
                                         const std::string& init, std::int64_t fixed_iterations);

// Value, the largest marginal error of the three terms, their iterations in all.
using Diverged = std::tuple<at::Tensor, double, std::int64_t>;
[[nodiscard]] Diverged sinkhorn_divergence(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a,
                                           const MaybeTensor& b, const MaybeTensor& epsilon, double tau_a, double tau_b,
                                           double threshold, std::int64_t max_iterations, const std::string& cost,
                                           const std::string& epsilon_scale, bool static_b);

// Images [K, D] of `points` [K, D] (none: x), marginal error, iterations.
using Mapped = std::tuple<at::Tensor, double, std::int64_t>;
[[nodiscard]] Mapped entropic_map(const at::Tensor& x, const at::Tensor& y, const MaybeTensor& a, const MaybeTensor& b,
                                  const MaybeTensor& epsilon, double tau_a, double tau_b, double threshold,
                                  std::int64_t max_iterations, const std::string& cost,
                                  const std::string& epsilon_scale, const std::string& reference,
                                  const std::string& init, const MaybeTensor& points);

}  // namespace brenier::ops
