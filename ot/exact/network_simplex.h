// Exact optimal transport for any cost by the network simplex method (LEMON).
//
//   min_P sum_ij P_ij C_ij,  P >= 0, P 1 = a, P^T 1 = b
//
// C [N, M] is row-major, any finite numbers; a [N] and b [M] as in masses.h. Points of weight zero take no part in the
// plan; they get the largest potential allowed.
//
// The method runs on whole numbers, because only there it cannot cycle and its answer is exact: weights become
// multiples of total * 2^-60, and the costs less a first guess f_i + g_j become multiples of a power of two near
// (N + M) 2^-59 of their range. Costs that are small whole numbers are so kept exactly. When a few huge costs
// (forbidden pairs) make the steps too coarse, it is run again with the costs cut off lower: a plan that uses no cost
// cut off is optimal for the true costs too. The result is believed on its certificate alone (exact_plan.h), computed
// from the true costs in doubles; otherwise kNumerical.
//
// Memory: 53 bytes a pair of points of positive weight; above `memory_limit` the problem is refused (kData). In
// practice time grows a little faster than (N + M)^2. Sources: kovacs2015minimum (LEMON's method),
// peyre2019computational (section 3.5).
#pragma once

#include <cstdint>
#include <span>

#include "ot/exact/exact_plan.h"
#include "ot/exact/masses.h"

namespace brenier::ot {

struct NetworkSimplexSettings {
  std::int64_t memory_limit = std::int64_t{2} << 30;  // bytes
  double mass_tolerance = kMassTolerance;             // relative difference of sum(a) and sum(b) taken as rounding
};

[[nodiscard]] ExactPlan network_simplex(std::span<const double> cost, std::span<const double> a,
                                        std::span<const double> b, const NetworkSimplexSettings& settings = {});

// Bytes that network_simplex() needs for n x m points of positive weight.
[[nodiscard]] std::int64_t network_simplex_bytes(std::int64_t n, std::int64_t m);

}  // namespace brenier::ot
