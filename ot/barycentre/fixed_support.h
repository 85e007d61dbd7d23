// The entropic barycentre of histograms on points that are given: only its weights are unknown.
//
//   auto problem = barycentre_problem(std::make_shared<Grid>(Grid::from_coordinates({xs, ys})), histograms, 0.01);
//   auto out = fixed_support_barycentre(problem);   // out.weights [N]
//
//   p = argmin sum_k lambda_k V_eps(p, h_k)                     plain, benamou2015iterative
//   p = argmin sum_k lambda_k V_eps(p, h_k) - V_eps(p, p) / 2   debiased, janati2020debiased
//
// with V_eps of Reference::kCounting (the plain barycentre depends on that choice, and this is the usual one). The
// plain one is blurred, by a variance of about eps / 2 for squared distances; the debiased one is not: of one histogram
// it is that histogram, of translated copies of a Gaussian a translated copy. Memory O(K N + N_1 + ... + N_K).
//
// Structure of a debiased barycentre that is much finer than sqrt(eps) hardly moves the objective and settles slowly:
// ask for a small threshold only where it matters.
//
// Gradients: the plain `weights` are differentiable once in the histograms, implicitly (barycentre_pullback.h), for
// moves that keep their masses equal (histograms made by softmax or divided by their sums do). Nothing else carries a
// gradient: not the debiased weights, not f and g, and none flows to costs, lambda or epsilon.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "ot/barycentre/bregman_projections.h"
#include "ot/geometry/geometry.h"

namespace brenier::ot {

struct FixedSupportProblem {
  // Rows: the N points of the support; columns: the N_k points of histogram k. One for all, or one each.
  std::vector<std::shared_ptr<const Geometry>> geometries;
  std::vector<at::Tensor> histograms;  // K of [N_k], dtype of the geometries, at least 0, all of one mass
  std::vector<double> lambda;          // see convex_weights.h
  double epsilon = 0;                  // absolute, in units of the costs; must be set
  // The support against itself, for the debiased barycentre; null: the one geometry, when there is one.
  std::shared_ptr<const Geometry> self;
};

// Histograms [K, N_columns] on one geometry, equal lambda.
[[nodiscard]] FixedSupportProblem barycentre_problem(std::shared_ptr<const Geometry> geometry,
                                                     const at::Tensor& histograms, double epsilon);

struct FixedSupportSettings {
  // Largest L1 distance between the barycentre and a plan's marginal on the support (and, debiased, that of the self
  // plan), divided by the mass. Plans meet their histograms exactly.
  double threshold = 1e-5;
  Index max_iterations = 10000;
  bool debiased = false;
  // How backward's linear system is solved; tolerance 0: 1e-10 in float64, 1e-6 in float32.
  SchurSettings implicit{0, 2000};
  std::function<bool(const BarycentreProgress&)> progress;  // after every iteration; false stops
};

struct FixedSupportOutput {
  at::Tensor weights;         // [N], the mass of the histograms
  std::vector<at::Tensor> f;  // K of [N]: P_k = exp((f_k + g_k - C_k) / eps)
  std::vector<at::Tensor> g;  // K of [N_k], -inf at empty bins
  at::Tensor self_potential;  // [N] when debiased: exp((d_i + d_j - C_ij) / eps) has marginal `weights`
  double marginal_error = 0;  // see FixedSupportSettings::threshold; measured on what is returned
  Index iterations = 0;
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  std::vector<double> errors;  // one an iteration
  double epsilon = 0;
  double seconds = 0;
  [[nodiscard]] bool converged() const { return status == SinkhornStatus::kConverged; }
};

// kUsage: no histograms, a missing or different number of geometries, settings out of range, lambda as in
// convex_weights.h, debiased without a support against itself. kData: epsilon <= 0 or not finite; supports of different
// sizes or types; histograms of another shape or type, NaN, negative, empty, or of masses that differ by more than 1e-9
// (float64) or 1e-5 (float32) of themselves; a self cost that is not square or not symmetric.
[[nodiscard]] FixedSupportOutput fixed_support_barycentre(const FixedSupportProblem& problem,
                                                          const FixedSupportSettings& settings = {});

}  // namespace brenier::ot
