// The symmetric linear system behind every derivative of a Sinkhorn solution:
//
//   [ D_a  P  ] [z_a]   [w_a]
//   [ P^T  D_b] [z_b] = [w_b]        D_a = diag(P 1 / tau_a), D_b = diag(P^T 1 / tau_b) at the solution
//
// One side is eliminated and the rest scaled to S = I - M M^T with M = D_a^-1/2 P D_b^-1/2, whose spectrum lies in
// [0, 1]; conjugate gradients then need about the square root of Sinkhorn's own iterations. When both sides are
// balanced, (1, -1) spans the null space: the right-hand side must have sum w_a = sum w_b (it is projected, and what
// was cut is reported), and the solution has no part along sqrt(D_a) in scaled coordinates.
// Two products with P a step; memory O(N + M) and the plan where it is stored. Rows with D = 0 (zero weights) give exactly z = 0.
// Equations: specs of the layer after cuturi2022ott and luise2018sinkhorn.
#pragma once

#include <functional>
#include <vector>

#include "ot/passes/passes.h"

namespace brenier::ot {

struct SchurSystem {
  const Passes* passes = nullptr;
  PlanView plan;                   // stored when it is not and that pays
  std::vector<double> diagonal_a;  // D_a [N]
  std::vector<double> diagonal_b;  // D_b [M]
  bool singular = false;           // both sides balanced
};

struct SchurSettings {
  double tolerance = 1e-10;  // relative residual, in the scaled coordinates
  Index max_iterations = 2000;
  Index plan_bytes = Passes::kStoredLimit;  // a plan up to this size is kept in memory while the system is solved
};

struct SchurReport {
  Index iterations = 0;
  double residual = 0;       // relative, of S
  double sigma_squared = 0;  // estimate of the largest eigenvalue of M M^T off the null space: Sinkhorn's own rate
  double error_bound = 0;    // |z - z*| / |z| in scaled coordinates is at most about residual / (1 - sigma_squared)
  bool converged = false;
};

struct SchurSolution {
  std::vector<double> a;
  std::vector<double> b;
  SchurReport report;
};

// w_a [N] and w_b [M].
[[nodiscard]] SchurSolution solve_schur(const SchurSystem& system, const std::vector<double>& w_a,
                                        const std::vector<double>& w_b, const SchurSettings& settings);

}  // namespace brenier::ot
