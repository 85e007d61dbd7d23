// The derivative of a barycentre's weights in its histograms, without tensors.
//
// With plans P_k of marginals p and h_k, a cotangent w of p and S_k = diag(p) - P_k diag(1 / h_k) P_k^T, the KKT system
// of the barycentre's dual gives
//   z = argmin sum_k lambda_k / 2 <z_k, S_k z_k>  with  sum_k lambda_k z_k = w
//   dL / dh_k = lambda_k P_k^T z_k / h_k                                               (0 at empty bins)
// In y = sqrt(p) z this is a projected conjugate gradient method: the operators become I - M_k M_k^T as in
// implicit/schur.h, and the projection subtracts sum_k lambda_k y_k. Two products with each plan a step; memory O(K N).
// Histograms of unequal masses have no barycentre, so gradients are meant for moves that keep the masses equal: what
// they say along others is a choice (the smallest correction of z_k = w). benamou2015iterative; not for debiased ones.
#pragma once

#include <vector>

#include "ot/barycentre/bregman_projections.h"
#include "ot/implicit/schur.h"

namespace brenier::ot {

// w [N] to K of [N_k]. kNumerical: a relative residual above 1e-3 after all iterations.
[[nodiscard]] std::vector<std::vector<double>> barycentre_pullback(const BregmanProblem& problem,
                                                                   const BregmanSolution& solution,
                                                                   const std::vector<double>& cotangent,
                                                                   const SchurSettings& settings);

}  // namespace brenier::ot
