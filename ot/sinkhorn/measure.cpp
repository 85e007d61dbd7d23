#include "ot/sinkhorn/measure.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "ot/sinkhorn/certificate.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {

void measure_solution(const Passes& passes, const CheckedProblem& problem, const SinkhornSettings& settings,
                      SinkhornSolution& solution) {
  const auto plan = solution.plan(problem.epsilon);
  solution.row_moments = passes.moments(Direction::kRows, plan);
  std::vector<double> logs(solution.G.size());
  std::vector<double> guess(solution.G.size());
  for (std::size_t j = 0; j < guess.size(); ++j) guess[j] = problem.b.log_weights[j] - solution.G[j];
  passes.log_sums(Direction::kColumns, plan.inverse_epsilon, plan.F, logs.data(), guess.data());
  solution.column_mass.resize(logs.size());
  for (std::size_t j = 0; j < logs.size(); ++j)
    solution.column_mass[j] = std::isfinite(solution.G[j]) ? std::exp(solution.G[j] + logs[j]) : 0.0;
  const auto distance = [&](const ProblemSide& side, const std::vector<double>& scaled,
                            const std::vector<double>& marginal) {
    return marginal_distance(side, marginal, marginal_target(side, problem.reference, problem.epsilon, scaled));
  };
  const auto& moments = solution.row_moments;
  solution.marginal_error =
      std::max(distance(problem.a, solution.F, moments.mass), distance(problem.b, solution.G, solution.column_mass));
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
