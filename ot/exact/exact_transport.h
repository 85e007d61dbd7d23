// Exact optimal transport between weighted points, for tensors: value, plan and potentials, with gradients.
//
//   V(C, a, b) = min_P <P, C>,  P >= 0, P 1 = a, P^T 1 = b
//   dV/dC = P,  dV/da = f,  dV/db = g
//
// cost [N, M] float32 or float64; a [N], b [M] alike, or undefined for uniform weights. Solved in double and proven
// (exact_plan.h); kNumerical when the proof fails. With N = M and weights that are all equal the problem is an
// assignment and solved as one (assignment.h), otherwise by network_simplex.h, which refuses more than `memory_limit`
// bytes.
//
// V is piecewise linear: where several plans or potentials are optimal the gradient is one of them. Derivatives by
// weights hold for changes that keep the total masses equal. Gradients of a mixed second order (cost and weights)
// are refused (kUsage); plan, f and g carry no gradient: the entropic solver has one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace brenier::ot {

struct ExactSettings {
  bool dense_plan = false;                            // plan as a dense [N, M] tensor
  std::int64_t memory_limit = std::int64_t{2} << 30;  // bytes, for the network simplex method
};

struct ExactOutput {
  at::Tensor value;    // scalar, differentiable in cost, a and b
  at::Tensor plan;     // [N, M] sparse COO, coalesced, at most N + M - 1 entries; or dense
  at::Tensor f;        // [N], mean 0
  at::Tensor g;        // [M], f_i + g_j <= C_ij up to rounding of the dtype
  std::string method;  // "assignment" or "network simplex"
  double gap = 0;      // value minus dual value, in double
};

[[nodiscard]] ExactOutput exact_transport(const at::Tensor& cost, const at::Tensor& a = {}, const at::Tensor& b = {},
                                          const ExactSettings& settings = {});

}  // namespace brenier::ot
