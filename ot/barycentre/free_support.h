// The entropic barycentre of weighted clouds of points on N points that may move: their places are unknown, their
// weights given.
//
//   auto problem = free_barycentre_problem({y_1, y_2}, start, 0.05);  // y_k [N_k, D], start [N, D], epsilon
//   auto out = free_support_barycentre(problem);                      // out.points [N, D]
//
// Squared Euclidean cost. One iteration solves every cloud's transport problem and moves the points (cuturi2014fast):
//   plain     x <- sum_k lambda_k T_k(x)                 T_k: barycentric projection of x on cloud k
//   debiased  x <- x + sum_k lambda_k T_k(x) - T_self(x)  a gradient step on sum_k lambda_k S_eps(x, y_k)
// T_self projects the points on themselves. The plain barycentre shrinks as epsilon grows; the debiased one does not
// (feydy2019interpolating). Solves start from the last iteration's potentials. Memory O((N + sum N_k) D).
// A point of weight 0 stays where it is. The problem is not convex: the answer depends on the start.
// Outputs carry no gradient: clouds and start are read as constants, also when they ask for one.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "ot/barycentre/bregman_projections.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

struct FreeSupportProblem {
  std::vector<at::Tensor> clouds;  // K of [N_k, D]
  // K of [N_k], each of the mass of `weights`; none, or undefined ones: uniform.
  std::vector<at::Tensor> cloud_weights;
  at::Tensor start;            // [N, D]
  at::Tensor weights;          // [N], of the points; undefined: uniform 1/N
  std::vector<double> lambda;  // see convex_weights.h
  double epsilon = 0;          // absolute, in units of squared distance; must be set
};

[[nodiscard]] FreeSupportProblem free_barycentre_problem(std::vector<at::Tensor> clouds, const at::Tensor& start,
                                                         double epsilon);

struct FreeSupportSettings {
  // A threshold of 1e-5, no certificate.
  [[nodiscard]] static SinkhornSettings inner_defaults();

  // Largest weighted root mean square move of one iteration, divided by the clouds' own spread about their common mean
  // (when that is 0: no move at all).
  double threshold = 1e-4;
  Index max_iterations = 1000;  // moves; one more round of solves measures the last
  bool debiased = false;
  // Of the solves inside. Their threshold bounds what a move can be trusted to.
  SinkhornSettings sinkhorn = inner_defaults();
  std::function<bool(const BarycentreProgress&)> progress;  // after every round of solves; false stops
};

struct FreeSupportOutput {
  at::Tensor points;              // [N, D]
  double move = 0;                // see FreeSupportSettings::threshold; what the next iteration would move `points` by
  double objective = 0;           // sum_k lambda_k V_eps(x, y_k), debiased less V_eps(x, x) / 2, at `points`
  Index iterations = 0;           // moves made
  Index sinkhorn_iterations = 0;  // in all solves
  double marginal_error = 0;      // the worst of the last round of solves
  // kConverged only when the move is within the threshold and every solve of the last round converged.
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  std::vector<double> moves;           // one a round
  std::vector<SinkhornOutput> solves;  // K, of `points` against each cloud
  double seconds = 0;
  [[nodiscard]] bool converged() const { return status == SinkhornStatus::kConverged; }
};

// kUsage: no clouds, another number of cloud weights, settings out of range, lambda as in convex_weights.h. kData:
// points of different features or types, NaN, no points; weights as in problem/linear_problem.h; epsilon <= 0 or not
// finite.
[[nodiscard]] FreeSupportOutput free_support_barycentre(const FreeSupportProblem& problem,
                                                        const FreeSupportSettings& settings = {});

}  // namespace brenier::ot
