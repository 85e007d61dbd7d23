#include "ot/sinkhorn/newton.h"

#include <algorithm>

#include "ot/implicit/schur.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {

std::vector<double> newton_step(const NewtonPoint& point, double error, Index most) {
  const auto& problem = point.problem;
  const PlanView plan{point.F.data(), point.G.data(), 1 / point.epsilon, false, point.stored};
  std::vector<double> row_mass;
  if (point.stored != nullptr) row_mass = point.stored->marginal(Direction::kRows, plan.F, plan.G);
  if (row_mass.empty()) {
    std::vector<double> row_logs(point.F.size());
    point.passes.log_sums(Direction::kRows, plan.inverse_epsilon, plan.G, row_logs.data());
    row_mass = plan_marginal(point.F, row_logs);
  }
  const auto column_mass = plan_marginal(point.G, point.column_logs);
  SchurSystem system{&point.passes, plan, {}, {}, problem.balanced()};
  std::vector<double> right_a(point.F.size());
  std::vector<double> right_b(point.G.size());
  const auto side = [&](const ProblemSide& data, const std::vector<double>& scaled, const std::vector<double>& mass,
                        std::vector<double>& diagonal, std::vector<double>& right) {
    const auto target = marginal_target(data, problem.reference, point.epsilon, scaled);
    diagonal.resize(scaled.size());
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      diagonal[i] = mass[i] + (data.balanced ? 0.0 : point.epsilon / data.rho * target[i]);
      right[i] = target[i] - mass[i];
    }
  };
  side(problem.a, point.F, row_mass, system.diagonal_a, right_a);
  side(problem.b, point.G, column_mass, system.diagonal_b, right_b);
  return solve_schur(system, right_a, right_b, {std::clamp(error, 1e-10, 0.05), most}).a;
}

}  // namespace brenier::ot
