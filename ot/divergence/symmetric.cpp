#include "ot/divergence/symmetric.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ot/sinkhorn/dual.h"
#include "ot/sinkhorn/measure.h"

namespace brenier::ot {

SinkhornSolution solve_symmetric(const Passes& passes, const CheckedProblem& problem,
                                 const SinkhornSettings& settings) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  const auto& side = problem.a;
  const auto base = update_base(side, problem.reference, side.tau);
  const std::size_t n = base.size();
  SinkhornSolution out;
  out.F.assign(n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    if (base[i] == kNone) out.F[i] = kNone;
  std::vector<double> logs(n);
  std::vector<double> guess(n);
  std::vector<double> mass(n);
  const Index limit = settings.fixed_iterations > 0 ? settings.fixed_iterations : settings.max_iterations;
  double best = std::numeric_limits<double>::infinity();
  Index since_best = 0;
  while (out.iterations < limit) {
    const bool quick = !needs_exact_exponents(passes, settings.threshold, out.F, out.F);
    // After an update the masses are near the weights.
    for (std::size_t i = 0; i < n; ++i) guess[i] = side.log_weights[i] - out.F[i];
    passes.log_sums(Direction::kRows, 1 / problem.epsilon, out.F.data(), logs.data(),
                    {out.iterations > 0 ? guess.data() : nullptr, quick});
    for (std::size_t i = 0; i < n; ++i) mass[i] = base[i] == kNone ? 0.0 : std::exp(out.F[i] + logs[i]);
    const auto target = marginal_target(side, problem.reference, problem.epsilon, out.F);
    const double error = marginal_distance(side, mass, target);
    out.errors.push_back(error);
    ++out.iterations;
    if (settings.fixed_iterations == 0 && error <= settings.threshold && out.iterations > settings.min_iterations)
      break;
    since_best = error < 0.999 * best ? 0 : since_best + 1;
    best = std::min(best, error);
    if (settings.fixed_iterations == 0 && since_best >= 50) {
      out.status = SinkhornStatus::kStalled;
      break;
    }
    for (std::size_t i = 0; i < n; ++i)
      if (base[i] != kNone) out.F[i] = (out.F[i] + base[i] - side.tau * logs[i]) / 2;
    if (settings.progress && !settings.progress({out.iterations, error, problem.epsilon, 1})) {
      out.status = SinkhornStatus::kCancelled;
      break;
    }
  }
  out.G = out.F;
  measure_solution(passes, problem, settings, out);
  return out;
}

}  // namespace brenier::ot
