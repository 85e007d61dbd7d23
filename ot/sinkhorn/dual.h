// The dual side of a problem at scaled potentials F = f/eps, G = g/eps: targets of the marginals, updates, values.
//
// With phi = f - eps log a for the product reference and phi = f for the counting one:
//   target of P 1:   a (balanced), a exp(-phi / rho)
//   update of F:     log a - tau L (product), tau (log a - L) (counting), L_i = log sum_j exp(G_j - C_ij / eps)
//   dual value:      A(f) + A(g) - eps sum P [+ eps mass_a mass_b],  A = <a, phi> or rho sum a (1 - exp(-phi / rho))
// Equations (10) to (14) of sejourne2019divergence for the product reference.
#pragma once

#include <vector>

#include "ot/problem/linear_problem.h"

namespace brenier::ot {

// phi / eps at index i; 0 at zero weights.
[[nodiscard]] double scaled_phi(const ProblemSide& side, Reference reference, const std::vector<double>& scaled,
                                std::size_t i);

// What the plan's marginal on this side should be, given its scaled potentials [N].
[[nodiscard]] std::vector<double> marginal_target(const ProblemSide& side, Reference reference, double epsilon,
                                                  const std::vector<double>& scaled);

// tau at another epsilon than the problem's (annealing), rho held.
[[nodiscard]] double side_tau(const ProblemSide& side, double epsilon);

// A marginal of the plan from the log sums of passes.h: exp(potential + log sum), 0 where either is -inf.
[[nodiscard]] std::vector<double> plan_marginal(const std::vector<double>& scaled, const std::vector<double>& logs);

// The largest |F| and |G| that is finite, at least 1: the size of the numbers that exponents are made of.
[[nodiscard]] double potential_size(const std::vector<double>& F, const std::vector<double>& G);

// A marginal error that the type of the pairs may leave: exponents are differences of numbers of the potentials' size.
[[nodiscard]] double rounding_error(const Passes& passes, const std::vector<double>& F, const std::vector<double>& G);

// Whether exponents must be exact to the rounding of the type: the threshold is near what potentials in it leave.
[[nodiscard]] bool needs_exact_exponents(const Passes& passes, double threshold, const std::vector<double>& F,
                                         const std::vector<double>& G);

// The constant part of the update of F [N].
[[nodiscard]] std::vector<double> update_base(const ProblemSide& side, Reference reference, double tau);

// The dual value at potentials whose plan has this mass: a lower bound of V for any F and G.
[[nodiscard]] double dual_value(const CheckedProblem& problem, const std::vector<double>& F,
                                const std::vector<double>& G, double plan_mass);

// The shift t (F + t, G - t) that is best for the dual; 0 when both sides are balanced.
[[nodiscard]] double best_translation(const CheckedProblem& problem, double epsilon, const std::vector<double>& F,
                                      const std::vector<double>& G);

// sum |marginal - target| / mass, the mass being the side's own when balanced and the plan's otherwise.
[[nodiscard]] double marginal_distance(const ProblemSide& side, const std::vector<double>& marginal,
                                       const std::vector<double>& target);

}  // namespace brenier::ot
