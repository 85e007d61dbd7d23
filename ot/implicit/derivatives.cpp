#include "ot/implicit/derivatives.h"

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/sinkhorn/dual.h"

namespace brenier::ot {
namespace derivatives_detail {

using Vector = std::vector<double>;

double total(const Vector& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

SchurSettings with_default(const Solved& solved, SchurSettings settings) {
  if (settings.tolerance == 0) settings.tolerance = solved.passes.precision() > 1e-10 ? 1e-6 : 1e-10;
  return settings;
}

// One side of the solution with what every formula needs of it.
struct Side {
  Side(const Solved& solved, const ProblemSide& side, const Vector& scaled_potential, const Vector& marginal)
      : data(side),
        scaled(scaled_potential),
        mass(marginal),
        epsilon(solved.problem.epsilon),
        reference(solved.problem.reference) {}

  [[nodiscard]] bool product() const { return reference == Reference::kProduct; }
  // dm/da for m the target of the marginal, at the solution.
  [[nodiscard]] double weight_slope(std::size_t i) const {
    if (data.weights[i] == 0) return 0;
    if (data.balanced) return 1;
    return (product() ? 1 + epsilon / data.rho : 1) * mass[i] / data.weights[i];
  }
  // eps dm/deps.
  [[nodiscard]] double epsilon_slope(std::size_t i) const {
    if (data.balanced || data.weights[i] == 0) return 0;
    double slope = product() ? epsilon * mass[i] * data.log_weights[i] / data.rho : 0;
    if (data.fixed_tau) slope += epsilon * mass[i] * scaled_phi(data, reference, scaled, i) / data.rho;
    return slope;
  }
  [[nodiscard]] Vector diagonal() const {
    Vector out(mass.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = mass[i] / data.tau;
    return out;
  }

  const ProblemSide& data;
  const Vector& scaled;
  const Vector& mass;
  double epsilon;
  Reference reference;
};

struct Both {
  explicit Both(const Solved& solved)
      : a(solved, solved.problem.a, solved.solution.F, solved.solution.row_moments.mass),
        b(solved, solved.problem.b, solved.solution.G, solved.solution.column_mass) {}
  Side a;
  Side b;
};

SchurSolution solve(const Solved& solved, const Both& both, const Vector& w_a, const Vector& w_b,
                    const SchurSettings& settings, SchurReport* report) {
  const SchurSystem system{&solved.passes, solved.solution.plan(solved.problem.epsilon), both.a.diagonal(),
                           both.b.diagonal(), solved.problem.balanced()};
  auto solution = solve_schur(system, w_a, w_b, with_default(solved, settings));
  if (report != nullptr) *report = solution.report;
  if (!solution.report.converged && solution.report.residual > 1e-3) {
    throw Error(ErrorKind::kNumerical, "the linear system of a gradient through Sinkhorn was not solved")
        .found("a relative residual of " + number_text(solution.report.residual) + " after " +
               std::to_string(solution.report.iterations) + " iterations")
        .expected("at most 0.001")
        .hint("solve to a smaller threshold, take a larger epsilon, or compute in float64");
  }
  return solution;
}

std::size_t positive_count(const Vector& weights) {
  std::size_t count = 0;
  for (const double weight : weights) count += weight > 0 ? 1 : 0;
  return count;
}

// Cotangents in a form that the system takes: nothing at zero weights; balanced: the gauge (mean f = 0) pulled back.
void prepare(const Solved& solved, Vector& w_f, Vector& w_g) {
  const auto& problem = solved.problem;
  const auto clean = [](const ProblemSide& side, Vector& values) {
    if (values.empty()) values.assign(side.weights.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (side.weights[i] == 0) values[i] = 0;
  };
  clean(problem.a, w_f);
  clean(problem.b, w_g);
  if (!problem.balanced()) return;
  const double share = (total(w_g) - total(w_f)) / static_cast<double>(positive_count(problem.a.weights));
  for (std::size_t i = 0; i < w_f.size(); ++i)
    if (problem.a.weights[i] > 0) w_f[i] += share;
}

// sum P log P over the other side.
Vector entropies(const Solved& solved, Direction direction) {
  const auto& known = solved.solution.row_moments.entropy;
  if (direction == Direction::kRows && !known.empty()) return known;
  return solved.passes.moments(direction, solved.solution.plan(solved.problem.epsilon)).entropy;
}

}  // namespace derivatives_detail

ProblemTangent envelope_gradient(const Solved& solved, const WantedGradients& wanted) {
  using derivatives_detail::total;
  const derivatives_detail::Both both(solved);
  const auto& problem = solved.problem;
  const double epsilon = problem.epsilon;
  const auto plan = solved.solution.plan(epsilon);
  const std::vector<double> ones(solved.solution.F.size(), 1.0);
  ProblemTangent out;
  PairWeights weights;
  weights.row = ones.data();
  if (wanted.row_leaf || wanted.column_leaf)
    out.leaves = solved.passes.leaf_gradient(plan, weights, wanted.row_leaf, wanted.column_leaf);

  const auto weight_gradient = [&](const derivatives_detail::Side& side, double other_mass) {
    std::vector<double> gradient(side.mass.size(), 0.0);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const double weight = side.data.weights[i];
      if (weight == 0) continue;
      const double ratio = side.mass[i] / weight;
      const double phi = epsilon * scaled_phi(side.data, side.reference, side.scaled, i);
      if (side.data.balanced) {
        gradient[i] = phi - (side.product() ? epsilon * (1 - other_mass) : 0.0);
      } else if (side.product()) {
        gradient[i] = side.data.rho * (1 - ratio) + epsilon * (other_mass - ratio);
      } else {
        gradient[i] = side.data.rho * (1 - ratio);
      }
    }
    return gradient;
  };
  out.a = weight_gradient(both.a, problem.b.mass);
  out.b = weight_gradient(both.b, problem.a.mass);

  if (!wanted.epsilon) return out;
  out.epsilon = total(derivatives_detail::entropies(solved, Direction::kRows)) - total(both.a.mass);
  if (problem.reference == Reference::kProduct) out.epsilon += problem.a.mass * problem.b.mass;
  for (const auto* side : {&both.a, &both.b}) {
    for (std::size_t i = 0; i < side->mass.size(); ++i) {
      const double mass = side->mass[i];
      const double weight = side->data.weights[i];
      if (mass > 0 && side->product()) out.epsilon -= mass * side->data.log_weights[i];
      if (side->data.balanced || !side->data.fixed_tau) continue;
      const double divergence = (mass > 0 ? mass * (std::log(mass) - side->data.log_weights[i]) : 0.0) - mass + weight;
      out.epsilon += side->data.rho / epsilon * divergence;
    }
  }
  return out;
}

ProblemTangent potential_gradient(const Solved& solved, const PotentialTangent& cotangent,
                                  const WantedGradients& wanted, const SchurSettings& settings, SchurReport* report) {
  const derivatives_detail::Both both(solved);
  auto w_f = cotangent.f;
  auto w_g = cotangent.g;
  derivatives_detail::prepare(solved, w_f, w_g);
  const auto z = derivatives_detail::solve(solved, both, w_f, w_g, settings, report);

  const double epsilon = solved.problem.epsilon;
  const auto plan = solved.solution.plan(epsilon);
  ProblemTangent out;
  PairWeights weights;
  weights.row = z.a.data();
  weights.column = z.b.data();
  if (wanted.row_leaf || wanted.column_leaf)
    out.leaves = solved.passes.leaf_gradient(plan, weights, wanted.row_leaf, wanted.column_leaf);
  const auto side = [&](const derivatives_detail::Side& data, Direction direction, const std::vector<double>& solution,
                        std::vector<double>& gradient) {
    gradient.resize(solution.size());
    for (std::size_t i = 0; i < solution.size(); ++i) gradient[i] = epsilon * solution[i] * data.weight_slope(i);
    if (!wanted.epsilon) return;
    const auto entropy = derivatives_detail::entropies(solved, direction);
    for (std::size_t i = 0; i < solution.size(); ++i) out.epsilon += solution[i] * (entropy[i] + data.epsilon_slope(i));
  };
  side(both.a, Direction::kRows, z.a, out.a);
  side(both.b, Direction::kColumns, z.b, out.b);
  return out;
}

PotentialTangent potential_move(const Solved& solved, const ProblemTangent& move, const SchurSettings& settings,
                                SchurReport* report) {
  using derivatives_detail::total;
  const derivatives_detail::Both both(solved);
  const auto& problem = solved.problem;
  const double epsilon = problem.epsilon;
  const auto plan = solved.solution.plan(epsilon);
  if (problem.balanced() &&
      std::abs(total(move.a) - total(move.b)) > 1e-6 * (problem.a.mass + std::abs(total(move.a)))) {
    throw Error(ErrorKind::kUsage, "the moves of a and b change their masses differently, and both sides are balanced")
        .found("changes of " + number_text(total(move.a)) + " and " + number_text(total(move.b)))
        .expected("equal changes");
  }
  const bool moved = !move.leaves.row.empty() || !move.leaves.column.empty();
  const auto right = [&](const derivatives_detail::Side& side, Direction direction,
                         const std::vector<double>& weight_move) {
    std::vector<double> out(side.mass.size(), 0.0);
    if (moved) out = solved.passes.move_sums(direction, plan, move.leaves);
    std::vector<double> entropy;
    if (move.epsilon != 0) entropy = derivatives_detail::entropies(solved, direction);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!weight_move.empty()) out[i] += epsilon * side.weight_slope(i) * weight_move[i];
      if (move.epsilon != 0) out[i] += move.epsilon * (entropy[i] + side.epsilon_slope(i));
    }
    return out;
  };
  const auto w_a = right(both.a, Direction::kRows, move.a);
  const auto w_b = right(both.b, Direction::kColumns, move.b);
  auto z = derivatives_detail::solve(solved, both, w_a, w_b, settings, report);
  PotentialTangent out{std::move(z.a), std::move(z.b)};
  if (problem.balanced()) {
    double sum = 0;
    for (std::size_t i = 0; i < out.f.size(); ++i) sum += problem.a.weights[i] > 0 ? out.f[i] : 0.0;
    const double mean = sum / static_cast<double>(derivatives_detail::positive_count(problem.a.weights));
    for (std::size_t i = 0; i < out.f.size(); ++i)
      if (problem.a.weights[i] > 0) out.f[i] -= mean;
    for (std::size_t j = 0; j < out.g.size(); ++j)
      if (problem.b.weights[j] > 0) out.g[j] += mean;
  }
  return out;
}

ProblemTangent envelope_move(const Solved& solved, const ProblemTangent& move, const WantedGradients& wanted,
                             const SchurSettings& settings, SchurReport* report) {
  if (move.epsilon != 0) {
    throw Error(ErrorKind::kUsage, "second derivatives in epsilon are not computed")
        .hint("take gradients of the first derivative by finite differences in epsilon");
  }
  const derivatives_detail::Both both(solved);
  const double epsilon = solved.problem.epsilon;
  const auto potentials = potential_move(solved, move, settings, report);
  auto row = potentials.f;
  auto column = potentials.g;
  for (double& value : row) value /= epsilon;
  for (double& value : column) value /= epsilon;
  ProblemTangent out;
  if (wanted.row_leaf || wanted.column_leaf) {
    out.leaves = solved.passes.leaf_second(solved.solution.plan(epsilon), row.data(), column.data(), move.leaves,
                                           wanted.row_leaf, wanted.column_leaf);
  }
  const auto weights = [&](const derivatives_detail::Side& side, const std::vector<double>& potential,
                           const std::vector<double>& own, const std::vector<double>& other) {
    std::vector<double> change(potential.size(), 0.0);
    const double other_change = derivatives_detail::total(other);
    for (std::size_t i = 0; i < change.size(); ++i) {
      const double weight = side.data.weights[i];
      if (weight == 0) continue;
      const double phi = potential[i] - (side.product() && !own.empty() ? epsilon * own[i] / weight : 0.0);
      const double ratio = side.mass[i] / weight;
      if (side.data.balanced) {
        change[i] = phi + (side.product() ? epsilon * other_change : 0.0);
      } else if (side.product()) {
        change[i] = epsilon * other_change + (side.data.rho + epsilon) * ratio * phi / side.data.rho;
      } else {
        change[i] = ratio * phi;
      }
    }
    return change;
  };
  out.a = weights(both.a, potentials.f, move.a, move.b);
  out.b = weights(both.b, potentials.g, move.b, move.a);
  return out;
}

}  // namespace brenier::ot
