// Low-rank Sinkhorn: transport plans of a given rank, in time and memory linear in N and M (scetbon2021lowrank).
//
//   P = Q diag(1/g) R^T,   Q [N, r] with Q 1 = a, R [M, r] with R 1 = b, Q^T 1 = R^T 1 = g
//   V = min_{Q, R, g}  <P, C> - eps (H(Q) + H(R) + H(g)),   H(p) = -sum p (log p - 1)
//
//   auto out = low_rank_sinkhorn(PointCloud(x, y), {}, {}, {.rank = 20});
//   auto moved = apply_plan(out, Direction::kRows, values);   // P V, never the plan
//
// epsilon of at least 0, in units of the cost; 0 is the usual choice: the rank is the regulariser. Mirror descent:
// each step moves the logarithms of the factors by gamma times the gradient of <P, C> and projects
// (factor_projection.h). gamma adapts: it starts relative to the spread of the gradients, so that the unit of the
// cost does not matter (scetbon2022lowrank rescales in this spirit), grows while V falls, and is halved when V would
// rise or the projection fails. With the squared Euclidean cost of points a step costs
// O((N + M) r D) (cost_factor.h); other geometries store their cost.
//
// The problem is not convex: the result is a local minimum that depends on the start, and its cost an upper bound of
// the exact one (the returned factors meet all sums up to rounding).
// V has gradients in the leaves of the geometry, at fixed factors (envelope): exact to first order in `change`.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "ot/geometry/geometry.h"
#include "ot/low_rank/start_kind.h"
#include "ot/sinkhorn/settings.h"

namespace brenier::ot {

struct LowRankProgress {
  Index iteration = 0;
  double value = 0;
  double change = 0;
  double step = 0;
};

struct LowRankSettings {
  Index rank = 10;  // at least 1; more than min(N, M) counts as that
  double epsilon = 0;
  // Largest `change` (see LowRankOutput) of a converged result.
  double threshold = 1e-4;
  Index max_iterations = 1000;
  // Largest change of a logarithm in the first step, from the gradient; > 0.
  double step = 10;
  // L1 error of the row sums in a projection, and its most iterations. The result is rounded to exact sums.
  double projection_threshold = 1e-6;
  Index projection_iterations = 2000;
  double floor = 1e-8;  // least g, as a part of the mass / rank; in (0, 1)
  LowRankStart start = LowRankStart::kAutomatic;
  std::uint64_t seed = 0;
  Index limit_bytes = Geometry::kDenseLimit;  // for the cost of a geometry without a factor
  // Called after every step; false stops.
  std::function<bool(const LowRankProgress&)> progress;
};

struct LowRankOutput {
  at::Tensor q;                 // [N, r], of the dtype of the geometry
  at::Tensor r;                 // [M, r]
  at::Tensor g;                 // [r], > 0
  at::Tensor value;             // V, one number, differentiable in the leaves
  double transport_cost = 0;    // <P, C>
  double row_error = 0;         // L1 of P 1 - a divided by the mass, measured in float64
  double column_error = 0;      // of P^T 1 - b
  double projection_error = 0;  // of the last projection, before rounding
  // Of the last step: the sum over the factors of KL(new | old) + KL(old | new), divided by the mass and by
  // (gamma' <P, C> / mass)^2 with gamma' = gamma / (1 + gamma eps): about the squared length of the gradient along the
  // constraints, relative to the cost of a unit of mass. 0 at a stationary point. Infinite before the first step.
  double change = std::numeric_limits<double>::infinity();
  Index iterations = 0;
  Index projection_iterations = 0;  // in all
  // kConverged: `change` is at most its threshold and no longer grows, and the projection reached its own. kStalled: no
  // step lowers V any more, but `change` is above its threshold.
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  std::vector<double> values;  // V after each step, before rounding
  double seconds = 0;

  [[nodiscard]] bool converged() const { return status == SinkhornStatus::kConverged; }
};

// a [N] and b [M] of equal mass, undefined: uniform. kUsage: a setting out of its range. kData: as check_problem.
[[nodiscard]] LowRankOutput low_rank_sinkhorn(std::shared_ptr<const Geometry> geometry, const at::Tensor& a = {},
                                              const at::Tensor& b = {}, const LowRankSettings& settings = {});

// kRows: P V [N, K] for V [M, K]; kColumns: P^T V [M, K] for V [N, K]. V of another shape or dtype: kData.
// Differentiable in V. O((N + M) r K).
[[nodiscard]] at::Tensor apply_plan(const LowRankOutput& output, Direction direction, const at::Tensor& values);

// Q diag(1/g) R^T [N, M]; kData when it would take more than `limit_bytes`.
[[nodiscard]] at::Tensor dense_plan(const LowRankOutput& output, Index limit_bytes = Geometry::kDenseLimit);

}  // namespace brenier::ot
