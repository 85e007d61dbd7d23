// The pairwise losses of Gromov-Wasserstein and their split form (peyre2016gromov, proposition 1).
//
//   square   L(x, y) = (x - y)^2
//   kl       L(x, y) = x log(x / y) - x + y,   x >= 0, y > 0
//
// L(x, y) = f1(x) + f2(y) - h1(x) h2(y), so that sum_kl L(C1_ik, C2_jl) P_kl is two matrix products instead of a sum
// over four indices. Symmetric matrices need one such sum, others the one of their transposes too.
#pragma once

#include <string>

#include "ot/gromov/loss_kind.h"
#include "ot/low_rank/cost_factor.h"

namespace brenier::ot {

// GW(P) = sum_ijkl L(C1_ik, C2_jl) P_ij P_kl, its gradient in P, and its gradients in C1 and C2.
class GromovObjective final {
 public:
  // kData, loss kl: a negative entry of C1, or one of C2 that is not above 0.
  GromovObjective(GromovLoss loss, CostOperator c1, CostOperator c2);

  // What depends on P alone: computed once for value and gradients. p = P 1, q = P^T 1.
  struct Parts {
    RowMatrix cross;    // h1(C1) P h2(C2)^T, over both orders of the matrices' indices when they are not symmetric
    Eigen::VectorXd x;  // sum_k f1(C1_ik) p_k, likewise
    Eigen::VectorXd y;  // sum_l f2(C2_jl) q_l
  };
  [[nodiscard]] Parts parts(const RowMatrix& plan) const;

  [[nodiscard]] double value(const RowMatrix& plan, const Parts& parts) const;
  // [N, M]: 2 sum_kl L(C1_ik, C2_jl) P_kl for symmetric matrices.
  [[nodiscard]] RowMatrix gradient(const Parts& parts) const;
  // A product for the square loss of points, otherwise whole.
  [[nodiscard]] CostOperator gradient_c1(const RowMatrix& plan) const;
  [[nodiscard]] CostOperator gradient_c2(const RowMatrix& plan) const;

 private:
  GromovLoss loss_;
  CostOperator c1_;
  CostOperator c2_;
  CostOperator f1_;  // C1 log C1 - C1; unused for the square loss
  CostOperator h2_;  // log C2; unused for the square loss
  bool symmetric_ = true;
};

}  // namespace brenier::ot
