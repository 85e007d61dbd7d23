// A transport problem of a measure with itself: f = g, solved by averaged updates
//
//   f <- (f + update(f)) / 2
//
// which converge in a handful of iterations, because the symmetric problem has no slow direction (knight2014symmetry,
// feydy2019interpolating section 3).
#pragma once

#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/solver.h"

namespace brenier::ot {

// Rows and columns must be the same points with the same weights and penalties, the cost symmetric.
[[nodiscard]] SinkhornSolution solve_symmetric(const Passes& passes, const CheckedProblem& problem,
                                               const SinkhornSettings& settings);

}  // namespace brenier::ot
