// Iterative Bregman projections for the barycentre of histograms, in the log domain on the passes of geometries,
// without tensors.
//
// With scaled potentials F_k = f_k / eps on the support, G_k = g_k / eps on the k-th histogram's points, plans P_k =
// exp(F_k + G_k - C_k / eps), and D the log of the debiasing measure (0 when there is none), one iteration is
//   G_k <- log h_k - log sum_i exp(F_k - C_k / eps)                   every plan meets its histogram
//   L_k <- log sum_j exp(G_k - C_k / eps)
//   log p <- D + sum_k lambda_k L_k                                    the barycentre
//   F_k <- log p - L_k                                                 every plan meets the barycentre
//   D <- (D + log p - log sum_j exp(D_j - C_self / eps)) / 2           debiased alone
// benamou2015iterative (section 3.2), janati2020debiased (algorithm 1). Two passes a histogram and iteration, one more
// for D; nothing of size N x N is stored. The error is measured on plans that meet their histograms exactly:
//   max_k |P_k 1 - p|_1 / mass,  debiased also |exp(D) K exp(D) - p|_1 / mass.
#pragma once

#include <functional>
#include <vector>

#include "ot/passes/passes.h"
#include "ot/sinkhorn/settings.h"

namespace brenier::ot {

struct BarycentreProgress {
  Index iteration = 0;
  double error = 0;  // what is compared with the threshold
};

struct BregmanProblem {
  std::vector<const Passes*> passes;            // K, rows: the support [N], columns: the k-th points [N_k]
  const Passes* self = nullptr;                 // the support against itself; null: not debiased
  std::vector<std::vector<double>> histograms;  // K of [N_k], each of the same mass
  std::vector<double> lambda;                   // [K], sum 1
  double mass = 1;
  double epsilon = 0;
};

struct BregmanLimits {
  double threshold = 0;
  Index max_iterations = 0;
  std::function<bool(const BarycentreProgress&)> progress;  // false stops
};

struct BregmanSolution {
  std::vector<double> barycentre;      // [N], exactly of the mass of the histograms
  std::vector<std::vector<double>> F;  // K of [N]; those that the error was measured at
  std::vector<std::vector<double>> G;  // K of [N_k], -inf at empty bins
  std::vector<double> D;               // [N], empty when not debiased
  double marginal_error = 0;
  Index iterations = 0;
  std::vector<double> errors;  // one an iteration
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
};

// kNumerical when potentials are no longer numbers.
[[nodiscard]] BregmanSolution bregman_projections(const BregmanProblem& problem, const BregmanLimits& limits);

}  // namespace brenier::ot
