// The causal layer: exogenous variables e [B, L] to causal variables u [B, L] along a directed acyclic graph.
//
//   u_i = e_i + sum_{j < i} A_ji phi(u_j)
//
// A [L, L]: only its strict upper triangle counts (j acts on i > j), so every A is acyclic. phi(u) = u gives
// u = e (I - triu(A))^{-1}; phi(u) = max(u, 0) is the nonlinear layer of the published simulation
// (zhang2023discrepancy, section 5 and its code). Differentiable in e and A by a hand-written reverse sweep:
//   g_j <- g_j + phi'(u_j) sum_{i > j} A_ji g_i   from the last j down;   dA_ji = sum_b phi(u_j) g_i,   de = g
// with phi'(0) = 0. B L^2 / 2 multiplications each way, always summed in the same order. float64 only.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace brenier::models {

enum class CausalKind { kLinear, kRelu };

// Throws kDefect for other shapes or dtypes.
[[nodiscard]] at::Tensor causal_layer(const at::Tensor& exogenous, const at::Tensor& edges, CausalKind kind);

// TorchScript: a method causal(self, e) over the attribute `edges` [L, L].
[[nodiscard]] std::string causal_script(CausalKind kind);

}  // namespace brenier::models
