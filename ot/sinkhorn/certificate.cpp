#include "ot/sinkhorn/certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ot/sinkhorn/dual.h"

namespace brenier::ot {
namespace certificate_detail {

constexpr double kNone = -std::numeric_limits<double>::infinity();

double total(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

double log_or_none(double value) { return value > 0 ? std::log(value) : kNone; }

// The regulariser and the transport cost of a plan with these marginals: <P, C> + eps KL(P | a b^T), or
// <P, C> + eps sum P (log P - 1).
double energy(const CheckedProblem& problem, double cost, double entropy, const std::vector<double>& rows,
              const std::vector<double>& columns) {
  const double mass = total(rows);
  double relative = entropy - mass;
  if (problem.reference == Reference::kProduct) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] > 0) relative -= rows[i] * problem.a.log_weights[i];
    for (std::size_t j = 0; j < columns.size(); ++j)
      if (columns[j] > 0) relative -= columns[j] * problem.b.log_weights[j];
    relative += problem.a.mass * problem.b.mass;
  }
  return cost + problem.epsilon * relative;
}

double penalty(const ProblemSide& side, const std::vector<double>& marginal) {
  if (side.balanced) return 0;
  double sum = 0;
  for (std::size_t i = 0; i < marginal.size(); ++i) {
    if (marginal[i] > 0) sum += marginal[i] * (std::log(marginal[i]) - side.log_weights[i]) - marginal[i];
    sum += side.weights[i];
  }
  return side.rho * sum;
}

}  // namespace certificate_detail

double duality_gap(const Passes& passes, const CheckedProblem& problem, const SinkhornSolution& solution) {
  using certificate_detail::energy;
  using certificate_detail::log_or_none;
  using certificate_detail::total;
  const std::size_t n = solution.F.size();
  const std::size_t m = solution.G.size();
  const double inverse_epsilon = 1 / problem.epsilon;

  // Scale rows and columns down: F' = F + log min(1, a / r), then G' = G + log min(1, b / c').
  auto F = solution.F;
  auto G = solution.G;
  if (problem.a.balanced) {
    for (std::size_t i = 0; i < n; ++i) {
      const double mass = solution.row_moments.mass[i];
      if (mass > problem.a.weights[i]) F[i] += std::log(problem.a.weights[i] / mass);
    }
  }
  std::vector<double> columns = solution.column_mass;
  if (problem.a.balanced) {
    std::vector<double> logs(m);
    passes.log_sums(Direction::kColumns, inverse_epsilon, F.data(), logs.data());
    columns = plan_marginal(G, logs);
  }
  if (problem.b.balanced) {
    for (std::size_t j = 0; j < m; ++j) {
      const double change = columns[j] > problem.b.weights[j] ? problem.b.weights[j] / columns[j] : 1.0;
      if (change < 1) G[j] += std::log(change);
      columns[j] *= change;
    }
  }
  const auto scaled = passes.moments(Direction::kRows, {F.data(), G.data(), inverse_epsilon});
  const double scaled_mass = total(scaled.mass);

  // What is missing, as a product; a side without a marginal to meet takes it where the plan has its mass.
  double missing = 0;
  std::vector<double> rows_missing(n, 0.0);
  std::vector<double> columns_missing(m, 0.0);
  if (problem.a.balanced) {
    for (std::size_t i = 0; i < n; ++i) rows_missing[i] = std::max(0.0, problem.a.weights[i] - scaled.mass[i]);
    missing = total(rows_missing);
  }
  if (problem.b.balanced) {
    for (std::size_t j = 0; j < m; ++j) columns_missing[j] = std::max(0.0, problem.b.weights[j] - columns[j]);
    missing = std::max(missing, total(columns_missing));
  }
  if (!problem.a.balanced && missing > 0) rows_missing = scaled.mass;
  if (!problem.b.balanced && missing > 0) columns_missing = columns;

  double bound = 0;
  std::vector<double> rows = scaled.mass;
  const double cost = total(scaled.cost);
  const double entropy = total(scaled.entropy);
  const double row_total = total(rows_missing);
  const double column_total = total(columns_missing);
  if (missing > 0 && row_total > 0 && column_total > 0) {
    // Convexity: with weights w and 1 - w of plans Q / w and R / (1 - w), Q the scaled plan and R the repair.
    std::vector<double> p(n);
    std::vector<double> q(m);
    for (std::size_t i = 0; i < n; ++i) p[i] = log_or_none(rows_missing[i] / row_total * missing);
    for (std::size_t j = 0; j < m; ++j) q[j] = log_or_none(columns_missing[j] / column_total);
    const auto repair = passes.moments(Direction::kRows, {p.data(), q.data(), 0.0});
    const double whole = scaled_mass + missing;
    const double w = scaled_mass / whole;
    for (std::size_t i = 0; i < n; ++i) rows[i] += repair.mass[i];
    for (std::size_t j = 0; j < m; ++j) columns[j] += columns_missing[j] / column_total * missing;
    // sum over the mixture of P log P is at most that of its parts, each with its own scale; costs and marginals add.
    const double mixed =
        entropy - scaled_mass * std::log(w) + total(repair.entropy) - missing * std::log(missing / whole);
    // Parts Q / w and R / (1 - w) have mass `whole`; weights w and 1 - w bring their entropies back to these sums.
    bound = energy(problem, cost + total(repair.cost), mixed, rows, columns);
  } else {
    bound = energy(problem, cost, entropy, rows, columns);
  }
  bound += certificate_detail::penalty(problem.a, rows) + certificate_detail::penalty(problem.b, columns);
  return bound - solution.value;
}

}  // namespace brenier::ot
