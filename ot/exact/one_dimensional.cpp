#include "ot/exact/one_dimensional.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace one_dimensional_detail {

struct PowerCost {
  double p;
  [[nodiscard]] double operator()(double difference) const {
    if (p == 2) return difference * difference;
    return p == 1 ? std::abs(difference) : std::pow(std::abs(difference), p);
  }
  // Derivative; 0 at 0 for p = 1.
  [[nodiscard]] double slope(double difference) const {
    if (p == 2) return 2 * difference;
    if (difference == 0) return 0;
    return p == 1 ? std::copysign(1.0, difference)
                  : std::copysign(p * std::pow(std::abs(difference), p - 1), difference);
  }
};

// Weights of points that end closer together than this (relative to all mass) end together.
inline constexpr double kTie = 4 * std::numeric_limits<double>::epsilon();

struct SortedPoints {
  std::vector<std::size_t> order;
  std::vector<double> position;  // sorted
  std::vector<double> until;     // mass up to and with each point; ends exactly at the total

  SortedPoints(std::span<const double> points, std::span<const double> weights, double total) : order(points.size()) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t i, std::size_t j) { return points[i] != points[j] ? points[i] < points[j] : i < j; });
    std::vector<double> sorted_weights;
    for (const std::size_t i : order) {
      position.push_back(points[i]);
      sorted_weights.push_back(weights[i]);
    }
    until = compensated_cumulative_sum(sorted_weights);
    for (double& mass : until) {
      if (total - mass <= kTie * total) mass = total;
    }
  }
};

// Walks the staircase: visit(p, q, mass) at each step (mass may be 0), step(p, q, kind) before each move.
enum class Move { kRow, kColumn, kBoth };
template <class Visit, class Step>
void walk(const SortedPoints& x, const SortedPoints& y, double total, Visit&& visit, Step&& step) {
  std::size_t p = 0;
  std::size_t q = 0;
  double level = 0;
  while (true) {
    const double next = std::max(level, std::min(x.until[p], y.until[q]));
    visit(p, q, next - level);
    level = next;
    const bool last_row = p + 1 == x.until.size();
    const bool last_column = q + 1 == y.until.size();
    if (last_row && last_column) return;
    Move move = x.until[p] < y.until[q] ? Move::kRow : Move::kColumn;
    if (std::abs(x.until[p] - y.until[q]) <= kTie * total) move = Move::kBoth;
    if (last_row) move = Move::kColumn;
    if (last_column) move = Move::kRow;
    step(p, q, move);
    p += move != Move::kColumn ? 1 : 0;
    q += move != Move::kRow ? 1 : 0;
  }
}

// Extends the potentials (in the order of the points given) over one move.
struct PotentialStep {
  const SortedPoints& x;
  const SortedPoints& y;
  PowerCost cost;
  std::vector<double>& f;
  std::vector<double>& g;

  [[nodiscard]] double c(std::size_t p, std::size_t q) const { return cost(x.position[p] - y.position[q]); }
  void begin() { g[y.order[0]] = c(0, 0) - f[x.order[0]]; }
  void operator()(std::size_t p, std::size_t q, Move move) {
    const double f_now = f[x.order[p]];
    const double g_now = g[y.order[q]];
    if (move == Move::kRow) {
      f[x.order[p + 1]] = c(p + 1, q) - g_now;
    } else if (move == Move::kColumn) {
      g[y.order[q + 1]] = c(p, q + 1) - f_now;
    } else {
      const double row_first = c(p + 1, q) - g_now;
      const double column_first = c(p + 1, q + 1) - (c(p, q + 1) - f_now);
      const double f_next = 0.5 * (row_first + column_first);
      f[x.order[p + 1]] = f_next;
      g[y.order[q + 1]] = c(p + 1, q + 1) - f_next;
    }
  }
};

void check_points(std::span<const double> points, std::span<const double> weights, const std::string& name,
                  const std::string& weight_name) {
  check_values(points, name);
  if (points.size() == weights.size()) return;
  throw Error(ErrorKind::kData, weight_name + " does not fit the points " + name)
      .found(std::to_string(weights.size()) + " weights")
      .expected(std::to_string(points.size()));
}

double checked_value(double value) {
  if (std::isfinite(value)) return value;
  throw Error(ErrorKind::kNumerical, "the transport cost on the line overflows")
      .found(number_text(value))
      .hint("scale the points down, or take a smaller p");
}

}  // namespace one_dimensional_detail

void check_power(double p) {
  if (p >= 1 && std::isfinite(p)) return;
  throw Error(ErrorKind::kUsage, "the power p of the cost |x - y|^p is out of range")
      .found(number_text(p))
      .expected("a finite p >= 1, for which the cost is convex");
}

ExactPlan one_dimensional_transport(std::span<const double> x, std::span<const double> y, std::span<const double> a,
                                    std::span<const double> b, double p, double mass_tolerance) {
  namespace detail = one_dimensional_detail;
  check_power(p);
  const Masses masses = balanced_masses(a, b, mass_tolerance);
  detail::check_points(x, a, "x", "a");
  detail::check_points(y, b, "y", "b");
  const detail::SortedPoints rows(x, masses.a, masses.total);
  const detail::SortedPoints columns(y, masses.b, masses.total);
  ExactPlan plan;
  plan.f.assign(x.size(), 0.0);
  plan.g.assign(y.size(), 0.0);
  detail::PotentialStep step{rows, columns, {p}, plan.f, plan.g};
  step.begin();
  std::vector<std::tuple<std::size_t, std::size_t, double>> entries;
  detail::walk(
      rows, columns, masses.total,
      [&](std::size_t r, std::size_t c, double mass) {
        if (mass > 0) entries.emplace_back(rows.order[r], columns.order[c], mass);
      },
      step);
  std::sort(entries.begin(), entries.end());

  std::vector<double> costs;
  std::vector<double> slack;
  std::vector<double> row_left = masses.a;
  std::vector<double> column_left = masses.b;
  for (const auto& [i, j, mass] : entries) {
    plan.rows.push_back(static_cast<std::int64_t>(i));
    plan.columns.push_back(static_cast<std::int64_t>(j));
    plan.mass.push_back(mass);
    const double cost = step.cost(x[i] - y[j]);
    costs.push_back(mass * cost);
    slack.push_back(mass * (cost - plan.f[i] - plan.g[j]));
    row_left[i] -= mass;
    column_left[j] -= mass;
  }
  for (std::size_t i = 0; i < x.size(); ++i) slack.push_back(-plan.f[i] * row_left[i]);
  for (std::size_t j = 0; j < y.size(); ++j) slack.push_back(-plan.g[j] * column_left[j]);
  plan.value = detail::checked_value(compensated_sum(costs));
  plan.gap = compensated_sum(slack);
  return plan;
}

OneDimensionalGradient one_dimensional_gradient(std::span<const double> x, std::span<const double> y,
                                                const Masses& masses, double p) {
  namespace detail = one_dimensional_detail;
  const detail::SortedPoints rows(x, masses.a, masses.total);
  const detail::SortedPoints columns(y, masses.b, masses.total);
  OneDimensionalGradient out;
  out.x.assign(x.size(), 0.0);
  out.y.assign(y.size(), 0.0);
  out.a.assign(x.size(), 0.0);
  out.b.assign(y.size(), 0.0);
  detail::PotentialStep step{rows, columns, {p}, out.a, out.b};
  step.begin();
  std::vector<double> costs;
  detail::walk(
      rows, columns, masses.total,
      [&](std::size_t r, std::size_t c, double mass) {
        if (mass <= 0) return;
        const double difference = rows.position[r] - columns.position[c];
        costs.push_back(mass * step.cost(difference));
        const double slope = mass * step.cost.slope(difference);
        out.x[rows.order[r]] += slope;
        out.y[columns.order[c]] -= slope;
      },
      step);
  centre_potentials(out.a, out.b);
  out.value = detail::checked_value(compensated_sum(costs));
  return out;
}

double one_dimensional_value(std::span<const double> x, std::span<const double> y, const Masses& masses, double p) {
  namespace detail = one_dimensional_detail;
  const detail::SortedPoints rows(x, masses.a, masses.total);
  const detail::SortedPoints columns(y, masses.b, masses.total);
  const detail::PowerCost cost{p};
  std::vector<double> costs;
  detail::walk(
      rows, columns, masses.total,
      [&](std::size_t r, std::size_t c, double mass) {
        if (mass > 0) costs.push_back(mass * cost(rows.position[r] - columns.position[c]));
      },
      [](std::size_t, std::size_t, detail::Move) {});
  return detail::checked_value(compensated_sum(costs));
}

}  // namespace brenier::ot
