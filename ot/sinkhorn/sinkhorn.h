// Entropic optimal transport with exact gradients: the entry of the layer.
//
//   auto problem = linear_problem(std::make_shared<PointCloud>(x, y), 0.05);
//   auto out = sinkhorn(problem);
//   out.value.backward();              // envelope: one pass, no linear system
//   (weights * out.f).sum().backward() // implicit: the Schur system by conjugate gradients
//
// f, g and value are tensors with gradients in the leaves of the geometry, a, b and epsilon. Which kind of gradient is
// computed follows from what is used. value can be differentiated twice (a Hessian-vector product of each
// direction, except in epsilon); f and g once. Backward memory is O((N + M) D) for point clouds.
//
// Balanced: f has mean 0 over rows of positive weight (the gauge, and its derivative is included).
// A solve that did not converge says so in `status`; gradients of one are first-order wrong in its marginal error.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ot/implicit/derivatives.h"
#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

// A solved problem: shared by the output and by everything computed from it later.
struct SinkhornRecord {
  LinearProblem problem;
  CheckedProblem checked;
  SinkhornSettings settings;
  SinkhornSolution solution;
  double seconds = 0;  // of the solve
  [[nodiscard]] const Passes& passes() const { return problem.geometry->passes(); }
  [[nodiscard]] Solved solved() const { return {passes(), checked, solution}; }
  [[nodiscard]] PlanView plan() const { return solution.plan(checked.epsilon); }
};

struct SinkhornOutput {
  at::Tensor f;               // [N]
  at::Tensor g;               // [M]
  at::Tensor value;           // one number
  double transport_cost = 0;  // <P, C>; 0 when not asked for
  double dual = 0;            // value in float64: a lower bound of V
  std::optional<double> gap;  // V lies in [dual, dual + gap]; none when not asked for
  double marginal_error = 0;  // see SinkhornSettings::threshold; measured on the returned plan
  Index iterations = 0;
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  double epsilon = 0;  // absolute
  double seconds = 0;
  std::string method;
  std::vector<double> errors;  // marginal error at the start of each iteration
  std::shared_ptr<const SinkhornRecord> record;

  [[nodiscard]] bool converged() const { return status == SinkhornStatus::kConverged; }
};

// `start`: absolute potentials to begin from (see initialise/), empty: zeros.
[[nodiscard]] SinkhornOutput sinkhorn(const LinearProblem& problem, const SinkhornSettings& settings = {},
                                      const SinkhornStart& start = {});

// Jacobian-vector product: how f, g and value move when leaves and weights move. Undefined tensors stand still.
struct SinkhornMove {
  at::Tensor row_leaf;     // like x, or the cost matrix
  at::Tensor column_leaf;  // like y
  at::Tensor a;
  at::Tensor b;
  at::Tensor epsilon;  // one number
};
struct SinkhornMoved {
  at::Tensor f;
  at::Tensor g;
  at::Tensor value;
};
[[nodiscard]] SinkhornMoved sinkhorn_jvp(const SinkhornOutput& output, const SinkhornMove& move);

// Hessian-vector product of value: how its gradient moves. move.epsilon must be undefined; the result has none.
[[nodiscard]] SinkhornMove sinkhorn_hvp(const SinkhornOutput& output, const SinkhornMove& move);

}  // namespace brenier::ot
