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

// The same from the costs; the marginal is near the weights.
std::vector<double> computed_marginal(const Passes& passes, Direction direction, const SinkhornSolution& solution,
                                      double inverse_epsilon, const std::vector<double>& log_weights) {
  const bool by_rows = direction == Direction::kRows;
  const auto& own = by_rows ? solution.F : solution.G;
  const auto& other = by_rows ? solution.G : solution.F;
  std::vector<double> guess(log_weights);
  for (std::size_t k = 0; k < guess.size(); ++k) guess[k] -= own[k];
  std::vector<double> logs(guess.size());
  passes.log_sums(direction, inverse_epsilon, other.data(), logs.data(), guess.data());
  return plan_marginal(own, logs);
}

}  // namespace measure_detail

void measure_solution(const Passes& passes, const CheckedProblem& problem, const SinkhornSettings& settings,
                      SinkhornSolution& solution) {
  const auto plan = solution.plan(problem.epsilon);
  solution.row_moments = settings.transport_cost ? passes.moments(Direction::kRows, plan) : Moments{};
  auto& row_mass = solution.row_moments.mass;
  auto stored = measure_detail::stored_marginal(Direction::kRows, plan);
  if (!stored.empty()) {
    row_mass = std::move(stored);
  } else if (row_mass.empty()) {
    row_mass = measure_detail::computed_marginal(passes, Direction::kRows, solution, plan.inverse_epsilon,
                                                 problem.a.log_weights);
  }
  solution.column_mass = measure_detail::stored_marginal(Direction::kColumns, plan);
  if (solution.column_mass.empty()) {
    solution.column_mass = measure_detail::computed_marginal(passes, Direction::kColumns, solution,
                                                             plan.inverse_epsilon, problem.b.log_weights);
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
