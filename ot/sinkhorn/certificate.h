// An upper bound of the optimal value, so that value <= V <= value + gap is known and not hoped for.
//
// A balanced plan is made feasible by scaling rows, then columns, down to their marginals and giving what is missing as
// a product of the missing masses (altschuler2017nearlinear, algorithm 2). The objective is convex, so the
// bound adds the objectives of both parts; both are plans in potential form, two passes in all. A side that is not
// balanced needs no repair.
#pragma once

#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

// The objective at a feasible plan near the solution's, minus the solution's value; at least 0 up to rounding.
[[nodiscard]] double duality_gap(const Passes& passes, const CheckedProblem& problem, const SinkhornSolution& solution);

}  // namespace brenier::ot
