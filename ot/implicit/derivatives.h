// Derivatives of a Sinkhorn solution, in every direction, from the Schur system (implicit/schur.h).
//
//   envelope_gradient   dV / d(leaves, a, b, eps): no linear system, exact to first order in the marginal error
//   envelope_move       how that gradient moves when leaves and weights move: the Hessian-vector product of V
//   potential_gradient  the pullback of cotangents of f and g (vector-Jacobian product)
//   potential_move      the pushforward of moves to f and g (Jacobian-vector product)
//
// With A z = w the Schur system, u_i = z_a,i and v_j = z_b,j (P the plan, r = P 1, e = (P log P) 1):
//   dL/dC = P (u + v)     dL/da = eps kappa u r / a     dL/deps = <u, e> + <v, e'> + marginal terms
// where kappa = 1, but 1 + eps / rho for an unbalanced side with the product reference; marginal terms are those of
// a^(eps/rho), and of rho = eps tau / (1 - tau) where tau was given. Equations: specs of the layer; luise2018sinkhorn,
// cuturi2022ott. All vectors float64; what belongs to zero weights is exactly 0.
#pragma once

#include <vector>

#include "ot/implicit/schur.h"
#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

// A gradient or a move of everything a problem depends on.
struct ProblemTangent {
  LeafPair leaves;
  std::vector<double> a;  // empty: none
  std::vector<double> b;
  double epsilon = 0;  // of the absolute epsilon
};

struct WantedGradients {
  bool row_leaf = true;
  bool column_leaf = true;
  bool epsilon = true;
};

struct PotentialTangent {
  std::vector<double> f;
  std::vector<double> g;
};

// What derivatives are taken of; all three must outlive it.
struct Solved {
  const Passes& passes;
  const CheckedProblem& problem;
  const SinkhornSolution& solution;
};

[[nodiscard]] ProblemTangent envelope_gradient(const Solved& solved, const WantedGradients& wanted);

// kNumerical when the system cannot be solved to a residual of 1e-3 (implicit settings).
[[nodiscard]] ProblemTangent potential_gradient(const Solved& solved, const PotentialTangent& cotangent,
                                                const WantedGradients& wanted, const SchurSettings& settings,
                                                SchurReport* report = nullptr);

// kUsage when both sides are balanced and the moves of a and b change their masses differently.
[[nodiscard]] PotentialTangent potential_move(const Solved& solved, const ProblemTangent& move,
                                              const SchurSettings& settings, SchurReport* report = nullptr);

// move.epsilon must be 0 (kUsage) and the result's epsilon is not filled.
[[nodiscard]] ProblemTangent envelope_move(const Solved& solved, const ProblemTangent& move,
                                           const WantedGradients& wanted, const SchurSettings& settings,
                                           SchurReport* report = nullptr);

}  // namespace brenier::ot
