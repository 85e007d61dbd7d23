// The Monge gap: how far a map is from moving its points optimally.
//
//   gap(x, T x) = sum_i a_i c(x_i, T x_i) + eps H - V(x, T x),   H = KL(diag(a) | a a^T) = -sum a_i log a_i
//
// with V = min <P, C> + eps KL(P | a a^T) over plans between x and T x, both weighted by a (sum 1; undefined: 1/N).
// uscidda2023monge writes W_eps = min <P, C> + eps sum P log P = V - 2 eps H and takes mean cost - W_eps, which is this
// number plus the constant eps H: the same gradients in x and T x. Ours is the largest shift that is never negative,
// because the first two terms are the objective of V at the plan that pairs x_i with T x_i:
//
//   0 <= gap,    gap_0 <= gap <= gap_0 + eps H,    gap_0 = sum a_i c(x_i, T x_i) - W(x, T x) without entropy
//
// (log N >= H.) For the gradient of a convex map and the squared distance gap_0 = 0: the gap is what entropy leaves, at
// most eps H, and falls exponentially once eps is below the cost of exchanging two images. Mean cost - V alone would be
// negative by up to eps H, and mean cost - <P, C> for a blurred plan too.
//
// Solved as usual, the dual value (a lower bound of V) is what enters: the gap stays >= 0 up to rounding, and too large
// by at most `transport.gap`, when the solver was stopped early. Differentiable once in x, T x and a, V by its
// envelope: no linear system. Memory O(N D). A custom cost need not be symmetric: x comes first.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>

#include "ot/cost/cost.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

struct MongeGapSettings {
  std::shared_ptr<const Cost> cost;                  // null: squared Euclidean
  std::optional<double> epsilon;                     // none: 0.05 times the mean cost, held fixed in gradients
  EpsilonScale epsilon_scale = EpsilonScale::kNone;  // as in problem/linear_problem.h
  SinkhornSettings sinkhorn;
};

struct MongeGapOutput {
  at::Tensor value;         // one number
  at::Tensor displacement;  // sum_i a_i c(x_i, T x_i), one number
  SinkhornOutput transport;
  [[nodiscard]] SinkhornStatus status() const { return transport.status; }
};

// x and mapped [N, D]; a [N]. kData: shapes or dtypes that differ, weights that do not sum to 1 (1e-9, float32 1e-5);
// and what PointCloud and sinkhorn refuse.
[[nodiscard]] MongeGapOutput monge_gap(const at::Tensor& x, const at::Tensor& mapped, const at::Tensor& a = {},
                                       const MongeGapSettings& settings = {});

}  // namespace brenier::ot
