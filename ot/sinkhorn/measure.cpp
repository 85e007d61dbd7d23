#include "ot/sinkhorn/measure.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "ot/sinkhorn/certificate.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {

namespace measure_detail {

// P 1 or P^T 1 from the plan in memory; empty where there is none that serves.
std::vector<double> stored_marginal(Direction direction, const PlanView& plan) {
  if (plan.stored == nullptr || !plan.stored->near(plan.F, plan.G)) return {};
  return plan.stored->marginal(direction, plan.F, plan.G);
}

// P^T 1 from the costs; it is near the weights.
std::vector<double> column_marginal(const Passes& passes, const PlanView& plan, const SinkhornSolution& solution,
                                    const std::vector<double>& log_weights) {
  std::vector<double> guess(log_weights);
  for (std::size_t j = 0; j < guess.size(); ++j) guess[j] -= solution.G[j];
  std::vector<double> logs(guess.size());
  passes.log_sums(Direction::kColumns, plan.inverse_epsilon, plan.F, logs.data(), {guess.data(), plan.quick});
  return plan_marginal(solution.G, logs);
}

// Both marginals from the costs in one pass: an iteration that moves nothing.
void both_marginals(const Passes& passes, const PlanView& plan, SinkhornSolution& solution) {
  auto F = solution.F;
  std::vector<double> row_logs(F.size());
  std::vector<double> column_logs(solution.G.size());
  const PotentialUpdate still{.base = plan.F, .tau = 0, .exact = !plan.quick};
  passes.sweep(plan.inverse_epsilon, still, F.data(), plan.G, row_logs.data(), column_logs.data());
  solution.row_moments.mass = plan_marginal(solution.F, row_logs);
  solution.column_mass = plan_marginal(solution.G, column_logs);
}

}  // namespace measure_detail

void measure_solution(const Passes& passes, const CheckedProblem& problem, const SinkhornSettings& settings,
                      SinkhornSolution& solution) {
  const auto plan = solution.plan(problem.epsilon);
  solution.row_moments = settings.transport_cost ? passes.moments(Direction::kRows, plan) : Moments{};
  auto& row_mass = solution.row_moments.mass;
  if (auto stored = measure_detail::stored_marginal(Direction::kRows, plan); !stored.empty())
    row_mass = std::move(stored);
  solution.column_mass = measure_detail::stored_marginal(Direction::kColumns, plan);
  if (row_mass.empty()) {
    measure_detail::both_marginals(passes, plan, solution);
  } else if (solution.column_mass.empty()) {
    solution.column_mass = measure_detail::column_marginal(passes, plan, solution, problem.b.log_weights);
  }
  const auto distance = [&](const ProblemSide& side, const std::vector<double>& scaled,
                            const std::vector<double>& marginal) {
    return marginal_distance(side, marginal, marginal_target(side, problem.reference, problem.epsilon, scaled));
  };
  const auto& moments = solution.row_moments;
  solution.marginal_error =
      std::max(distance(problem.a, solution.F, moments.mass), distance(problem.b, solution.G, solution.column_mass));
  // What a stored plan says of itself does not know of the rounding of its entries.
  if (plan.stored != nullptr) {
    solution.marginal_error = std::max(solution.marginal_error,
                                       passes.precision() * (plan.quick ? potential_size(solution.F, solution.G) : 1));
  }
  solution.transport_cost = std::accumulate(moments.cost.begin(), moments.cost.end(), 0.0);
  solution.value =
      dual_value(problem, solution.F, solution.G, std::accumulate(moments.mass.begin(), moments.mass.end(), 0.0));
  if (!std::isfinite(solution.value)) {
    throw Error(ErrorKind::kNumerical, "the value of a transport problem is not finite")
        .found(std::to_string(solution.value))
        .hint("the costs may be too large for this type; try float64");
  }
  if (solution.status != SinkhornStatus::kCancelled && solution.marginal_error <= settings.threshold)
    solution.status = SinkhornStatus::kConverged;
  solution.method = "sinkhorn, " + passes.method() + solution.method;
  if (solution.newton_steps > 0) solution.method += ", newton";
  if (settings.certify) solution.gap = std::max(0.0, duality_gap(passes, problem, solution));
}

}  // namespace brenier::ot
