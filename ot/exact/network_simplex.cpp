#include "ot/exact/network_simplex.h"

#include <lemon/network_simplex.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/number_text.h"
#include "ot/exact/bipartite_digraph.h"

namespace brenier::ot {
namespace network_simplex_detail {

using Lemon = lemon::NetworkSimplex<BipartiteDigraph, std::int64_t, std::int64_t>;

inline constexpr int kMassBits = 60;  // the sum of all weights is 2^60
inline constexpr int kCostBits = 59;  // (N + M) * largest cost <= 2^59: LEMON's potentials stay below 2^63
inline constexpr int kMaxRuns = 4;

struct Problem {
  std::span<const double> cost;  // [n, m]
  std::size_t m = 0;
  std::vector<std::size_t> rows;     // those of positive weight
  std::vector<std::size_t> columns;  // likewise
  std::vector<std::int64_t> row_supply;
  std::vector<std::int64_t> column_supply;
  double unit = 0;  // mass of one step

  [[nodiscard]] double reduced(std::size_t i, std::size_t j, const ExactPlan& plan) const {
    return cost[rows[i] * m + columns[j]] - plan.f[rows[i]] - plan.g[columns[j]];
  }
};

// Weights as whole numbers that add up to 2^60; the rounding left over goes to the largest one.
void whole_weights(std::span<const double> weights, double total, std::vector<std::size_t>& index,
                   std::vector<std::int64_t>& supply) {
  std::int64_t left = std::int64_t{1} << kMassBits;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t whole = std::llrint(std::ldexp(weights[i] / total, kMassBits));
    if (whole == 0) continue;
    index.push_back(i);
    supply.push_back(whole);
    left -= whole;
  }
  *std::max_element(supply.begin(), supply.end()) += left;
}

struct SupplyMap {
  const Problem& problem;
  std::int64_t operator[](BipartiteDigraph::Node node) const {
    const auto id = static_cast<std::size_t>(node.id);
    const std::size_t n = problem.rows.size();
    return id < n ? problem.row_supply[id] : -problem.column_supply[id - n];
  }
};

struct CostMap {
  const Problem& problem;
  const ExactPlan& plan;
  double cutoff;
  int exponent;
  std::int64_t operator[](BipartiteDigraph::Arc arc) const {
    const std::size_t columns = problem.columns.size();
    const auto id = static_cast<std::size_t>(arc.id);
    const double reduced = problem.reduced(id / columns, id % columns, plan);
    return std::llrint(std::ldexp(std::min(reduced, cutoff), exponent));
  }
};

double largest_reduced(const Problem& problem, const ExactPlan& plan) {
  double largest = 0;
  for (std::size_t i = 0; i < problem.rows.size(); ++i) {
    for (std::size_t j = 0; j < problem.columns.size(); ++j) largest = std::max(largest, problem.reduced(i, j, plan));
  }
  return largest;
}

double largest_used(const Problem& problem, const ExactPlan& start, const ExactPlan& plan) {
  double largest = 0;
  for (std::size_t k = 0; k < plan.mass.size(); ++k) {
    const auto i = static_cast<std::size_t>(plan.rows[k]);
    const auto j = static_cast<std::size_t>(plan.columns[k]);
    largest = std::max(largest, problem.cost[i * problem.m + j] - start.f[i] - start.g[j]);
  }
  return largest;
}

// Solves on the costs reduced by the potentials of `start` and cut off at `cutoff`.
ExactPlan run(const Problem& problem, const ExactPlan& start, double cutoff) {
  const std::size_t n = problem.rows.size();
  const std::size_t m = problem.columns.size();
  int cutoff_bits = 0;
  int node_bits = 0;
  std::frexp(cutoff, &cutoff_bits);
  std::frexp(static_cast<double>(n + m), &node_bits);
  const int exponent = kCostBits - cutoff_bits - node_bits;
  const BipartiteDigraph graph(static_cast<int>(n), static_cast<int>(m));
  Lemon lemon(graph);
  lemon.supplyMap(SupplyMap{problem}).costMap(CostMap{problem, start, cutoff, exponent});
  if (lemon.run() != Lemon::OPTIMAL)
    throw Error(ErrorKind::kDefect, "the network simplex method found no solution of a balanced transport problem");

  ExactPlan plan;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < m; ++j) {
      const std::int64_t flow = lemon.flow(BipartiteDigraph::Arc(static_cast<int>(i * m + j)));
      if (flow <= 0) continue;
      plan.rows.push_back(static_cast<std::int64_t>(problem.rows[i]));
      plan.columns.push_back(static_cast<std::int64_t>(problem.columns[j]));
      plan.mass.push_back(static_cast<double>(flow) * problem.unit);
    }
  }
  plan.f = start.f;
  plan.g = start.g;
  // LEMON: cost + pi_source - pi_target >= 0. Its potentials share a huge offset, taken off in whole numbers.
  const std::int64_t offset = lemon.potential(BipartiteDigraph::Node(0));
  const auto potential = [&](std::size_t node) {
    const std::int64_t pi = lemon.potential(BipartiteDigraph::Node(static_cast<int>(node))) - offset;
    return std::ldexp(static_cast<double>(pi), -exponent);
  };
  for (std::size_t i = 0; i < n; ++i) plan.f[problem.rows[i]] -= potential(i);
  for (std::size_t j = 0; j < m; ++j) plan.g[problem.columns[j]] += potential(n + j);
  return plan;
}

void check_size(std::size_t n, std::size_t m, std::int64_t limit) {
  const std::int64_t bytes = network_simplex_bytes(static_cast<std::int64_t>(n), static_cast<std::int64_t>(m));
  const double arcs = static_cast<double>(n) * static_cast<double>(m) + 2.0 * static_cast<double>(n + m);
  if (bytes <= limit && arcs < static_cast<double>(std::numeric_limits<int>::max())) return;
  throw Error(ErrorKind::kData, "the problem is too large for the network simplex method")
      .found(std::to_string(n) + " x " + std::to_string(m) + " points, which need " + std::to_string(bytes) + " bytes")
      .expected("at most " + std::to_string(limit) + " bytes (memory_limit) and 2^31 pairs")
      .hint("use the entropic solver (Sinkhorn), which needs memory for the points only, or draw fewer points");
}

}  // namespace network_simplex_detail

std::int64_t network_simplex_bytes(std::int64_t n, std::int64_t m) {
  constexpr std::int64_t kArcBytes = 53;    // ends, bounds, capacity, cost, flow, state, number
  constexpr std::int64_t kNodeBytes = 200;  // the tree, supplies, potentials, and two arcs to the root
  return kArcBytes * n * m + kNodeBytes * (n + m);
}

ExactPlan network_simplex(std::span<const double> cost, std::span<const double> a, std::span<const double> b,
                          const NetworkSimplexSettings& settings) {
  namespace detail = network_simplex_detail;
  const Masses masses = balanced_masses(a, b, settings.mass_tolerance);
  if (cost.size() != a.size() * b.size()) {
    throw Error(ErrorKind::kData, "the cost does not fit the weights")
        .found(std::to_string(cost.size()) + " costs")
        .expected(std::to_string(a.size()) + " x " + std::to_string(b.size()));
  }
  check_values(cost, "the cost");
  detail::Problem problem{cost, b.size(), {}, {}, {}, {}, std::ldexp(masses.total, -detail::kMassBits)};
  detail::whole_weights(masses.a, masses.total, problem.rows, problem.row_supply);
  detail::whole_weights(masses.b, masses.total, problem.columns, problem.column_supply);
  detail::check_size(problem.rows.size(), problem.columns.size(), settings.memory_limit);

  ExactPlan start;
  start.f.assign(a.size(), 0.0);
  start.g.assign(b.size(), 0.0);
  std::vector<double> taking_part(a.size(), 0.0);
  for (const std::size_t i : problem.rows) taking_part[i] = 1.0;
  for (const std::size_t i : problem.rows)
    start.f[i] = *std::min_element(cost.begin() + static_cast<std::ptrdiff_t>(i * b.size()),
                                   cost.begin() + static_cast<std::ptrdiff_t>((i + 1) * b.size()));
  tighten_potentials(cost, taking_part, start.f, start.g);

  ExactPlan best;
  Certificate certificate;
  double cutoff = detail::largest_reduced(problem, start);
  for (int count = 0; count < detail::kMaxRuns; ++count) {
    ExactPlan plan = detail::run(problem, start, cutoff);
    tighten_potentials(cost, taking_part, plan.f, plan.g);
    const Certificate found = certify(cost, masses.a, masses.b, plan);
    // Swapping a pair that costs more than this for pairs of the plan found always pays: no optimal plan has it.
    const double enough = 2 * static_cast<double>(std::min(problem.rows.size(), problem.columns.size())) *
                          detail::largest_used(problem, start, plan);
    if (count == 0 || std::abs(found.gap) < std::abs(certificate.gap)) {
      best = std::move(plan);
      certificate = found;
    }
    if (certificate.holds() || !(enough < cutoff)) break;
    cutoff = enough;
  }
  require(certificate, "network simplex method");
  std::vector<double> terms;
  for (std::size_t k = 0; k < best.mass.size(); ++k) {
    terms.push_back(
        best.mass[k] *
        cost[static_cast<std::size_t>(best.rows[k]) * b.size() + static_cast<std::size_t>(best.columns[k])]);
  }
  best.value = compensated_sum(terms);
  best.gap = certificate.gap;
  return best;
}

}  // namespace brenier::ot
