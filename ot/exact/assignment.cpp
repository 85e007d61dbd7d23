#include "ot/exact/assignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "ot/exact/exact_plan.h"
#include "ot/exact/masses.h"

namespace brenier::ot {
namespace assignment_detail {

inline constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline constexpr double kStepRatio = 5;  // from one step of the auction to the next
inline constexpr int kMaxRuns = 4;
inline constexpr std::size_t kBidsPerRow = 50;  // in one round; what is then unmatched waits for the next round

struct Matching {
  std::span<const double> cost;
  std::size_t n;
  std::vector<double> f = std::vector<double>(n, kInfinity);
  std::vector<double> g = std::vector<double>(n, kInfinity);
  std::vector<std::size_t> row_of = std::vector<std::size_t>(n, kNone);  // of each column
  std::vector<std::size_t> column_of = std::vector<std::size_t>(n, kNone);

  void match(std::size_t row, std::size_t column) {
    row_of[column] = row;
    column_of[row] = column;
  }

  // The cheapest and the second cheapest column of a row at the present prices g, and what they cost.
  struct Cheapest {
    std::size_t first = 0;
    std::size_t second = kNone;  // none when n = 1
    double least = kInfinity;
    double next = kInfinity;
  };
  [[nodiscard]] Cheapest cheapest(std::size_t row) const {
    Cheapest out;
    const double* costs = cost.data() + row * n;
    for (std::size_t j = 0; j < n; ++j) {
      const double price = costs[j] - g[j];
      if (price >= out.next) continue;
      if (price < out.least) {
        out.second = out.least < kInfinity ? out.first : kNone;
        out.first = j;
        out.next = std::exchange(out.least, price);
      } else {
        out.second = j;
        out.next = price;
      }
    }
    return out;
  }

  // One round of bids: each free row takes its cheapest column and makes it dearer than its second cheapest by `step`,
  // which may free another row that bids next. With step 0 (augmenting row reduction) a matched column stays the
  // cheapest one of its row, exactly.
  void bid(double step) {
    std::vector<std::size_t> free_rows;
    for (std::size_t i = 0; i < n; ++i) {
      if (column_of[i] == kNone) free_rows.push_back(i);
    }
    std::size_t budget = kBidsPerRow * n;
    for (std::size_t row : free_rows) {
      while (row != kNone && budget > 0) {
        --budget;
        const Cheapest found = cheapest(row);
        std::size_t column = found.first;
        const double dearer = found.second == kNone ? g[column] : g[column] - (found.next - found.least) - step;
        const bool changed = dearer < g[column];
        if (changed) {
          g[column] = dearer;
        } else if (row_of[column] != kNone && found.second != kNone) {
          column = found.second;
        }
        const std::size_t freed = row_of[column];
        if (freed != kNone) column_of[freed] = kNone;
        match(row, column);
        row = changed ? freed : kNone;  // a tie would pass the column back and forth
      }
    }
  }

  // Prices by an auction with smaller and smaller steps; then a matching that is exact at these prices, as far as it
  // goes; then prices of the rows.
  void start() {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) g[j] = std::min(g[j], cost[i * n + j]);
    }
    const auto [least, largest] = std::minmax_element(cost.begin(), cost.end());
    const double range = *largest - *least;
    for (double step = range / 10; step > 0.01 * range / static_cast<double>(n); step /= kStepRatio) {
      std::fill(row_of.begin(), row_of.end(), kNone);
      std::fill(column_of.begin(), column_of.end(), kNone);
      bid(step);
    }
    std::fill(row_of.begin(), row_of.end(), kNone);
    std::fill(column_of.begin(), column_of.end(), kNone);
    bid(0);
    bid(0);
    for (std::size_t i = 0; i < n; ++i) f[i] = cheapest(i).least;
  }

  // Matches one more row along the cheapest path of exchanges (Dijkstra on the reduced costs).
  void augment(std::size_t free_row) {
    std::vector<double> distance(n, kInfinity);
    std::vector<std::size_t> from(n, free_row);  // the row before each column on its path
    std::vector<std::size_t> open(n);
    std::vector<std::size_t> done;
    std::iota(open.begin(), open.end(), std::size_t{0});
    std::size_t row = free_row;
    double reached = 0;
    std::size_t last = kNone;
    while (last == kNone) {
      std::size_t nearest = 0;
      for (std::size_t k = 0; k < open.size(); ++k) {
        const std::size_t j = open[k];
        const double candidate = reached + (cost[row * n + j] - f[row] - g[j]);
        if (candidate < distance[j]) {
          distance[j] = candidate;
          from[j] = row;
        }
        const double best = distance[open[nearest]];
        // Among equals a free column ends the search at once.
        if (distance[j] < best || (distance[j] == best && row_of[j] == kNone)) nearest = k;
      }
      const std::size_t column = open[nearest];
      reached = distance[column];
      open[nearest] = open.back();
      open.pop_back();
      if (row_of[column] == kNone) {
        last = column;
      } else {
        done.push_back(column);
        row = row_of[column];
      }
    }
    f[free_row] += reached;
    for (const std::size_t j : done) {
      f[row_of[j]] += reached - distance[j];
      g[j] -= reached - distance[j];
    }
    for (std::size_t column = last; column != kNone;) {
      const std::size_t i = from[column];
      row_of[column] = i;
      std::swap(column_of[i], column);
    }
  }
};

// Matches on `used`, which is `cost` or less; the potentials are those of `cost`.
Assignment solve(std::span<const double> used, std::span<const double> cost, std::size_t n) {
  Matching matching{used, n};
  matching.start();
  for (std::size_t i = 0; i < n; ++i) {
    if (matching.column_of[i] == kNone) matching.augment(i);
  }
  Assignment out;
  std::vector<double> terms;
  for (std::size_t i = 0; i < n; ++i) {
    out.column.push_back(static_cast<std::int64_t>(matching.column_of[i]));
    terms.push_back(cost[i * n + matching.column_of[i]]);
  }
  out.value = compensated_sum(terms);
  out.f = std::move(matching.f);
  out.g = std::move(matching.g);
  tighten_potentials(cost, std::vector<double>(n, 1.0), out.f, out.g);
  return out;
}

Certificate certificate_of(std::span<const double> cost, const Assignment& found) {
  const std::vector<double> ones(found.column.size(), 1.0);
  ExactPlan plan;
  for (std::size_t i = 0; i < found.column.size(); ++i) plan.rows.push_back(static_cast<std::int64_t>(i));
  plan.columns = found.column;
  plan.mass = ones;
  plan.f = found.f;
  plan.g = found.g;
  return certify(cost, ones, ones, plan);
}

}  // namespace assignment_detail

Assignment solve_assignment(std::span<const double> cost, std::int64_t n) {
  const auto size = static_cast<std::size_t>(n);
  if (n < 1 || cost.size() != size * size) {
    throw Error(ErrorKind::kData, "the cost of an assignment problem has the wrong size")
        .found(std::to_string(cost.size()) + " costs for N = " + std::to_string(n))
        .expected("N x N costs with N >= 1");
  }
  check_values(cost, "the cost");
  const double least = *std::min_element(cost.begin(), cost.end());
  Assignment out;
  Certificate certificate;
  std::vector<double> cut_costs;
  double cutoff = assignment_detail::kInfinity;
  for (int run = 0; run < assignment_detail::kMaxRuns; ++run) {
    out = assignment_detail::solve(run == 0 ? cost : cut_costs, cost, size);
    certificate = assignment_detail::certificate_of(cost, out);
    // No optimal matching uses a cost that alone exceeds all that this one pays above the least cost.
    const double paid = out.value - static_cast<double>(n) * least;
    if (certificate.holds() || !(2 * paid < cutoff)) break;
    cutoff = 2 * paid;
    cut_costs.assign(cost.begin(), cost.end());
    for (double& c : cut_costs) c = std::min(c, least + cutoff);
  }
  require(certificate, "shortest augmenting path method");
  out.gap = certificate.gap;
  return out;
}

}  // namespace brenier::ot
