// What a solution says about itself, measured on the plan of its potentials and not inferred from the iterations.
#pragma once

#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

// Fills moments, marginal error (from solution.stored where that is near), value, transport cost, gap and method for
// solution.F and solution.G. The status becomes kConverged when the measured error is at most the threshold (a
// cancelled run stays cancelled) and is kept otherwise. kNumerical when the value is not finite.
void measure_solution(const Passes& passes, const CheckedProblem& problem, const SinkhornSettings& settings,
                      SinkhornSolution& solution);

}  // namespace brenier::ot
