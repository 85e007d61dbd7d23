#include "ot/sinkhorn/measure.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "ot/sinkhorn/certificate.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {

namespace measure_detail {

// P 1 or P^T 1, which are near the weights.
std::vector<double> marginal(const Passes& passes, Direction direction, const PlanView& plan,
                             const std::vector<double>& log_weights) {
  if (plan.stored != nullptr && plan.stored->near(plan.F, plan.G)) {
    auto mass = plan.stored->marginal(direction, plan.F, plan.G);
    if (!mass.empty()) return mass;
  }
  const double* own = direction == Direction::kRows ? plan.F : plan.G;
  std::vector<double> guess(log_weights);
  for (std::size_t k = 0; k < guess.size(); ++k) guess[k] -= own[k];
  std::vector<double> mass(guess.size());
  passes.log_sums(direction, plan.inverse_epsilon, direction == Direction::kRows ? plan.G : plan.F, mass.data(),
                  guess.data());
  for (std::size_t k = 0; k < mass.size(); ++k) mass[k] = std::isfinite(own[k]) ? std::exp(own[k] + mass[k]) : 0.0;
  return mass;
}

// The largest scaled potential: the size of the numbers that exponents are made of.
double largest(const PlanView& plan, const Passes& passes) {
  double out = 1;
  for (Index i = 0; i < passes.rows(); ++i)
    if (std::isfinite(plan.F[i])) out = std::max(out, std::abs(plan.F[i]));
  for (Index j = 0; j < passes.columns(); ++j)
    if (std::isfinite(plan.G[j])) out = std::max(out, std::abs(plan.G[j]));
  return out;
}

}  // namespace measure_detail

void measure_solution(const Passes& passes, const CheckedProblem& problem, const SinkhornSettings& settings,
                      SinkhornSolution& solution) {
  const auto plan = solution.plan(problem.epsilon);
  solution.row_moments = settings.transport_cost ? passes.moments(Direction::kRows, plan) : Moments{};
  solution.row_moments.mass = measure_detail::marginal(passes, Direction::kRows, plan, problem.a.log_weights);
  solution.column_mass = measure_detail::marginal(passes, Direction::kColumns, plan, problem.b.log_weights);
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
                                       passes.precision() * (plan.quick ? measure_detail::largest(plan, passes) : 1));
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
