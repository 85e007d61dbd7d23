// Entropic Gromov-Wasserstein: transport between spaces that are known by their inner distances only, and its fused
// form, which also compares points across (peyre2016gromov, vayer2019fused).
//
//   V = min_P  alpha GW(P) + (1 - alpha) <P, M> + eps KL(P | a b^T),   P 1 = a, P^T 1 = b
//   GW(P) = sum_ijkl L(C1_ik, C2_jl) P_ij P_kl,   KL(p|q) = sum p log(p/q) - p + q
//
//   GromovProblem problem;
//   problem.x = std::make_shared<PointCloud>(x, x);   // C1 [N, N]; any geometry with N = N
//   problem.y = std::make_shared<DenseCost>(C2);      // C2 [M, M]
//   auto out = gromov_wasserstein(problem);
//   out.value.backward();                             // in x, C2, M, a, b
//
// Each outer step solves entropic transport (sinkhorn/) with the linearised cost
// G = alpha dGW/dP + (1 - alpha) M at the plan of before, from its potentials: mirror descent. When V rises, the
// linearised costs of steps are averaged instead (a shorter step), with a weight that is halved each time. V is not
// convex: the result is a stationary point that depends on the start.
//
// Epsilon here is that of V as written, which is POT's: dGW/dP = 2 L(P) for symmetric matrices. OTT iterates
// sinkhorn(L(P) + lambda M, eps_OTT), which is V for alpha = 1 / (1 + 2 lambda) and eps = 2 alpha eps_OTT; without M,
// eps = 2 eps_OTT.
//
// With points and the squared Euclidean distance on both sides and the square loss, G takes O(N M D), otherwise
// O(N^2 M + N M^2). The plan is stored: a few [N, M] of float64. Matrices need not be symmetric; all is computed in
// float64. Masses of a and b are equal; another mass than 1 scales GW with its square.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "ot/geometry/geometry.h"
#include "ot/gromov/loss_kind.h"
#include "ot/sinkhorn/settings.h"

namespace brenier::ot {

struct GromovProblem {
  std::shared_ptr<const Geometry> x;      // C1 [N, N]
  std::shared_ptr<const Geometry> y;      // C2 [M, M]
  std::shared_ptr<const Geometry> cross;  // M [N, M]; null: not fused
  std::optional<double> alpha;            // in [0, 1]; none: 1, and 0.5 when there is a cross cost
  at::Tensor a;                           // [N], undefined: uniform
  at::Tensor b;                           // [M], undefined: uniform
  std::optional<double> epsilon;          // > 0; none: 0.05 times the mean of G at the product plan
  GromovLoss loss = GromovLoss::kSquare;
};

struct GromovProgress {
  Index iteration = 0;
  double value = 0;
  double change = 0;
};

struct GromovSettings {
  // Largest `change` of a converged result.
  double threshold = 1e-5;
  Index max_iterations = 1000;
  SinkhornSettings inner = inner_defaults();
  // Weight of the new linearised cost in the average, in (0, 1]; 0: 1, lowered when V rises.
  double step = 0;
  // [N, M], at least 0 with a positive sum; undefined: a b^T. Marginals may differ from a and b.
  at::Tensor start;
  Index limit_bytes = Geometry::kDenseLimit;  // of each dense matrix
  // Called after every outer step; false stops.
  std::function<bool(const GromovProgress&)> progress;

  static SinkhornSettings inner_defaults();  // threshold 1e-7, no certificate
};

struct GromovOutput {
  at::Tensor plan;  // [N, M] of the dtype of x; no gradient
  // V, one number. Differentiable once in the leaves of x, y and cross, and in a and b along moves that keep both
  // masses equal: the envelope at the plan, exact to first order in `change` and the marginal error.
  at::Tensor value;
  double transport_cost = 0;  // alpha GW(P) + (1 - alpha) <P, M>
  double gromov_cost = 0;     // GW(P)
  double linear_cost = 0;     // <P, M>; 0 without a cross cost
  double entropy = 0;         // KL(P | a b^T) = dV/deps
  double epsilon = 0;
  double alpha = 1;
  // L1 distance of the last two plans, divided by the mass and by the weight of the step. With a linear rate r the
  // distance to the fixed point is about change r / (1 - r).
  double change = std::numeric_limits<double>::infinity();
  double marginal_error = 0;  // of the last solve, as in SinkhornOutput
  Index iterations = 0;
  Index inner_iterations = 0;  // in all
  // kConverged: `change` and the last solve are below their thresholds. kStalled: the plan stands still, but its
  // marginals cannot reach the inner threshold in this precision.
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  std::vector<double> values;  // V after each outer step
  double step = 1;             // the weight that was reached
  double seconds = 0;

  [[nodiscard]] bool converged() const { return status == SinkhornStatus::kConverged; }
};

// kUsage: a missing or not square geometry, alpha, epsilon or a setting out of range. kData: sizes or dtypes that do
// not fit, weights (check_problem), a start that is negative, NaN or all zero, what the KL loss refuses, a matrix above
// the limit.
[[nodiscard]] GromovOutput gromov_wasserstein(const GromovProblem& problem, const GromovSettings& settings = {});

}  // namespace brenier::ot
