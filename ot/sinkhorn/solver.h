// Sinkhorn's algorithm in the log domain on the passes of a geometry, without tensors or gradients.
//
// One iteration updates F, then G, with one pass over the pairs (passes/tile_passes.h). Before it stops, the solver
// measures the marginals of the plan that it returns; only that measurement makes it "converged".
// Accelerations: epsilon annealing; over-relaxation with the factor that fits the observed rate
// (thibault2021overrelaxed, lehmann2022overrelaxation), taken back when the error rises; best translation of unbalanced
// potentials (sejourne2022faster); Newton steps at the end. The gauge of a balanced solution: potentials f have mean 0
// over the rows of positive weight.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ot/problem/linear_problem.h"
#include "ot/sinkhorn/settings.h"

namespace brenier::ot {

// Where to start, absolute potentials f [N] and g [M]; none: zeros. -inf at zero weights is not required.
struct SinkhornStart {
  std::vector<double> f;
  std::vector<double> g;
};

struct SinkhornSolution {
  std::vector<double> F;  // f / eps, -inf at zero weights
  std::vector<double> G;
  Moments row_moments;  // of the plan; cost and entropy only with settings.transport_cost
  std::vector<double> column_mass;
  double value = 0;           // the dual value: a lower bound of V, exact to second order in the marginal error
  double transport_cost = 0;  // <P, C>; 0 without settings.transport_cost
  std::optional<double> gap;  // certified: V lies in [value, value + gap]
  double marginal_error = 0;  // measured on the returned plan
  Index iterations = 0;
  Index newton_steps = 0;
  std::vector<double> errors;  // marginal error at the start of each iteration
  SinkhornStatus status = SinkhornStatus::kMaxIterations;
  std::string method;
  bool exact = true;  // the threshold lies so near to the rounding of the type that exponents must be in float64
  std::shared_ptr<const StoredPlan> stored;  // the plan in memory, where the iterations had it and it is small

  [[nodiscard]] PlanView plan(double epsilon) const { return {F.data(), G.data(), 1 / epsilon, !exact, stored.get()}; }
};

// kNumerical when potentials become NaN.
[[nodiscard]] SinkhornSolution solve_sinkhorn(const Passes& passes, const CheckedProblem& problem,
                                              const SinkhornStart& start, const SinkhornSettings& settings);

}  // namespace brenier::ot
