#include "ot/initialise/line_dual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace brenier::ot {
namespace line_dual_detail {

// The points of positive weight in order.
std::vector<std::size_t> order_of(const std::vector<double>& points, const std::vector<double>& weights) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (weights[i] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return points[i] < points[j]; });
  return order;
}

}  // namespace line_dual_detail

LinePotentials line_potentials(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& a,
                               const std::vector<double>& b, const std::function<double(double, double)>& cost) {
  const auto rows = line_dual_detail::order_of(x, a);
  const auto columns = line_dual_detail::order_of(y, b);
  const double mass = std::accumulate(a.begin(), a.end(), 0.0);
  const double scale = mass / std::accumulate(b.begin(), b.end(), 0.0);
  const double tie = 1e-12 * mass;  // sums of weights that are equal but for rounding
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  LinePotentials out{std::vector<double>(x.size(), kNone), std::vector<double>(y.size(), kNone)};
  const auto at_cell = [&](std::size_t p, std::size_t q) { return cost(x[rows[p]], y[columns[q]]); };
  const auto f = [&](std::size_t p) -> double& { return out.f[rows[p]]; };
  const auto g = [&](std::size_t q) -> double& { return out.g[columns[q]]; };

  std::size_t p = 0;
  std::size_t q = 0;
  double here = at_cell(0, 0);
  f(0) = 0;
  g(0) = here;
  double left_a = a[rows[0]];
  double left_b = b[columns[0]] * scale;
  while (p + 1 < rows.size() || q + 1 < columns.size()) {
    const bool last_row = p + 1 == rows.size();
    const bool last_column = q + 1 == columns.size();
    if (!last_row && !last_column && std::abs(left_a - left_b) <= tie) {
      const double down = at_cell(p + 1, q);
      const double right = at_cell(p, q + 1);
      const double next = at_cell(p + 1, q + 1);
      f(p + 1) = f(p) + 0.5 * ((next - right) + (down - here));
      g(q + 1) = next - f(p + 1);
      here = next;
      left_a = a[rows[++p]];
      left_b = b[columns[++q]] * scale;
    } else if (last_column || (!last_row && left_a < left_b)) {
      left_b -= left_a;
      left_a = a[rows[++p]];
      here = at_cell(p, q);
      f(p) = here - g(q);
    } else {
      left_a -= left_b;
      left_b = b[columns[++q]] * scale;
      here = at_cell(p, q);
      g(q) = here - f(p);
    }
  }

  double mean = 0;
  for (const std::size_t i : rows) mean += out.f[i];
  mean /= static_cast<double>(rows.size());
  for (const std::size_t i : rows) out.f[i] -= mean;
  for (const std::size_t j : columns) out.g[j] += mean;
  return out;
}

}  // namespace brenier::ot
