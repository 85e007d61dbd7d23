// A Gromov-Wasserstein problem with its inputs checked and read into float64.
#pragma once

#include "ot/gromov/gromov_wasserstein.h"
#include "ot/low_rank/cost_factor.h"
#include "ot/problem/linear_problem.h"

namespace brenier::ot {

struct CheckedGromov {
  ReadCost x;
  ReadCost y;
  ReadCost cross;  // cost.rows() is 0 without one
  bool fused = false;
  double alpha = 1;
  at::Tensor a;  // [N] float64, no gradient
  at::Tensor b;  // [M], the mass of a
  RowMatrix start;
  at::ScalarType dtype;
};

[[nodiscard]] CheckedGromov check_gromov(const GromovProblem& problem, const GromovSettings& settings);

}  // namespace brenier::ot
