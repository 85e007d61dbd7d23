// A Newton step on the dual of a transport problem, by the Schur system (implicit/schur.h).
//
//   H (dF, dG) = (target_a - P 1, target_b - P^T 1),   H = [D_a P; P^T D_b]
//
// with D the marginals, and for an unbalanced side + eps / rho times its target. Only dF is returned: the columns
// follow by their own exact update, which keeps every step safe from overflow.
#pragma once

#include <vector>

#include "ot/problem/linear_problem.h"

namespace brenier::ot {

// Where the step is taken: scaled potentials F [N], G [M] at an epsilon, and log sum_i exp(F_i - C_ij / eps) [M].
struct NewtonPoint {
  const Passes& passes;
  const CheckedProblem& problem;
  double epsilon = 0;
  const std::vector<double>& F;
  const std::vector<double>& G;
  const std::vector<double>& column_logs;
  const StoredPlan* stored = nullptr;  // the plan in memory, where it is near
};

// dF [N], 0 at zero weights. `error`: the marginal error, which the system is solved to; `most`: iterations of
// conjugate gradients, two passes each.
[[nodiscard]] std::vector<double> newton_step(const NewtonPoint& point, double error, Index most);

}  // namespace brenier::ot
