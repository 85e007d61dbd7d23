// The projection inside low-rank Sinkhorn: factors with the right sums that are closest to given ones.
//
//   min KL(Q | K_Q) + KL(R | K_R) + KL(g | k_g)
//   with Q 1 = a, R 1 = b, Q^T 1 = R^T 1 = g, g >= floor
//
// Q [N, r], R [M, r], g [r]. Alternating exact projections, which is Dykstra's algorithm (scetbon2021lowrank, algorithm
// 2) with the floor joined to the set of equal column sums: there the projection is
// g = max(floor, (k_g s_Q s_R)^(1/3)) with the present column sums s, so that the one set that is left is affine and no
// correction terms are needed. O((N + M) r) an iteration.
#pragma once

#include "ot/low_rank/row_matrix.h"

namespace brenier::ot {

// Logarithms of the kernels; entries more than kDeepest below the largest of their row are lifted to that.
struct FactorKernels {
  RowMatrix log_q;        // [N, r]
  RowMatrix log_r;        // [M, r]
  Eigen::VectorXd log_g;  // [r]
  static constexpr double kDeepest = 300;
};

struct FactorSides {
  Eigen::VectorXd a;  // [N], at least 0
  Eigen::VectorXd b;  // [M], the same mass
  double floor = 0;   // > 0
};

struct LowRankFactors {
  RowMatrix q;
  RowMatrix r;
  Eigen::VectorXd g;
  RowMatrix log_q;  // of q up to a constant a row, finite at zero weights too
  RowMatrix log_r;
  // L1 of Q 1 - a and of R 1 - b before the last update of the rows, divided by the mass. The returned rows are exact,
  // and this bounds the L1 error of the column sums.
  double error = 0;
  Index iterations = 0;
};

[[nodiscard]] LowRankFactors project_factors(const FactorKernels& kernels, const FactorSides& sides, double threshold,
                                             Index max_iterations);

// Moves factors that nearly meet their sums to ones that do, up to rounding: scales rows and columns down to their
// targets and adds the rest as a product (altschuler2017nearlinear, applied to each factor).
void round_factors(const FactorSides& sides, LowRankFactors& factors);

}  // namespace brenier::ot
