#include "ot/sinkhorn/dual.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ot/passes/vector_math.h"

namespace brenier::ot {

double scaled_phi(const ProblemSide& side, Reference reference, const std::vector<double>& scaled, std::size_t i) {
  if (side.weights[i] == 0) return 0;
  return reference == Reference::kProduct ? scaled[i] - side.log_weights[i] : scaled[i];
}

std::vector<double> marginal_target(const ProblemSide& side, Reference reference, double epsilon,
                                    const std::vector<double>& scaled) {
  if (side.balanced) return side.weights;
  std::vector<double> out(side.weights.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = -epsilon / side.rho * scaled_phi(side, reference, scaled, i);
  vector_math::exponentials(out.data(), static_cast<Index>(out.size()));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] *= side.weights[i];
  return out;
}

double side_tau(const ProblemSide& side, double epsilon) { return side.balanced ? 1 : side.rho / (side.rho + epsilon); }

std::vector<double> plan_marginal(const std::vector<double>& scaled, const std::vector<double>& logs) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::vector<double> out(scaled.size());
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = scaled[k] == kNone || logs[k] == kNone ? kNone : scaled[k] + logs[k];
  vector_math::exponentials(out.data(), static_cast<Index>(out.size()));
  return out;
}

double potential_size(const std::vector<double>& F, const std::vector<double>& G) {
  double largest = 1;
  for (const auto* potentials : {&F, &G}) {
    for (const double value : *potentials)
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  return largest;
}

double rounding_error(const Passes& passes, const std::vector<double>& F, const std::vector<double>& G) {
  return 8 * passes.precision() * potential_size(F, G);
}

bool needs_exact_exponents(const Passes& passes, double threshold, const std::vector<double>& F,
                           const std::vector<double>& G) {
  return threshold < 20 * rounding_error(passes, F, G);
}

std::vector<double> update_base(const ProblemSide& side, Reference reference, double tau) {
  auto base = side.log_weights;
  if (reference == Reference::kCounting) {
    for (double& value : base) value *= tau;
  }
  return base;
}

double dual_value(const CheckedProblem& problem, const std::vector<double>& F, const std::vector<double>& G,
                  double plan_mass) {
  const auto part = [&](const ProblemSide& side, const std::vector<double>& scaled) {
    double sum = 0;
    for (std::size_t i = 0; i < scaled.size(); ++i) {
      const double phi = problem.epsilon * scaled_phi(side, problem.reference, scaled, i);
      sum += side.weights[i] * (side.balanced ? phi : -side.rho * std::expm1(-phi / side.rho));
    }
    return sum;
  };
  const double constant = problem.reference == Reference::kProduct ? problem.a.mass * problem.b.mass : 0.0;
  return part(problem.a, F) + part(problem.b, G) - problem.epsilon * (plan_mass - constant);
}

double best_translation(const CheckedProblem& problem, double epsilon, const std::vector<double>& F,
                        const std::vector<double>& G) {
  if (problem.balanced()) return 0;
  const auto log_total = [&](const ProblemSide& side, const std::vector<double>& scaled) {
    const auto target = marginal_target(side, problem.reference, epsilon, scaled);
    double sum = 0;
    for (const double value : target) sum += value;
    return std::log(sum);
  };
  // d/dt of the dual: sum of a's targets at F + t equals that of b's at G - t.
  const double rate_a = problem.a.balanced ? 0 : epsilon / problem.a.rho;
  const double rate_b = problem.b.balanced ? 0 : epsilon / problem.b.rho;
  const double shift = (log_total(problem.a, F) - log_total(problem.b, G)) / (rate_a + rate_b);
  return std::isfinite(shift) ? shift : 0;
}

double marginal_distance(const ProblemSide& side, const std::vector<double>& marginal,
                         const std::vector<double>& target) {
  double distance = 0;
  double mass = 0;
  for (std::size_t i = 0; i < marginal.size(); ++i) {
    distance += std::abs(marginal[i] - target[i]);
    mass += marginal[i];
  }
  if (side.balanced) mass = side.mass;
  return distance / std::max(mass, std::numeric_limits<double>::min());
}

}  // namespace brenier::ot
