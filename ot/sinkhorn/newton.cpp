#include "ot/sinkhorn/newton.h"

#include <algorithm>
#include <cmath>

#include "ot/implicit/schur.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {

std::vector<double> newton_step(const NewtonPoint& point, double error, Index most) {
  const auto& problem = point.problem;
  std::vector<double> row_logs(point.F.size());
  point.passes.log_sums(Direction::kRows, 1 / point.epsilon, point.G.data(), row_logs.data());
  SchurSystem system{&point.passes, {point.F.data(), point.G.data(), 1 / point.epsilon}, {}, {}, problem.balanced()};
  std::vector<double> right_a(point.F.size());
  std::vector<double> right_b(point.G.size());
  const auto side = [&](const ProblemSide& data, const std::vector<double>& scaled, const std::vector<double>& logs,
                        std::vector<double>& diagonal, std::vector<double>& right) {
    const auto target = marginal_target(data, problem.reference, point.epsilon, scaled);
    diagonal.resize(scaled.size());
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const double mass = std::isfinite(scaled[i]) ? std::exp(scaled[i] + logs[i]) : 0.0;
      diagonal[i] = mass + (data.balanced ? 0.0 : point.epsilon / data.rho * target[i]);
      right[i] = target[i] - mass;
    }
  };
  side(problem.a, point.F, row_logs, system.diagonal_a, right_a);
  side(problem.b, point.G, point.column_logs, system.diagonal_b, right_b);
  return solve_schur(system, right_a, right_b, {std::clamp(error, 1e-10, 0.05), most}).a;
}

}  // namespace brenier::ot
