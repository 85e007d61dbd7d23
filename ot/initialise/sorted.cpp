#include "ot/initialise/sorted.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/number_text.h"
#include "ot/geometry/doubles.h"

namespace brenier::ot {
namespace sorted_detail {

using LineCost = std::function<double(double, double)>;

// At most 32 of the points, in order, the ends among them.
std::vector<double> some_of(std::vector<double> points) {
  std::sort(points.begin(), points.end());
  const std::size_t count = std::min<std::size_t>(points.size(), 32);
  std::vector<double> out;
  for (std::size_t k = 0; k < count; ++k) out.push_back(points[count == 1 ? 0 : k * (points.size() - 1) / (count - 1)]);
  return out;
}

// What is wrong with the cost for this initialiser; empty: nothing was found.
std::string fault(const std::vector<double>& all_x, const std::vector<double>& all_y, const LineCost& cost) {
  const auto x = some_of(all_x);
  const auto y = some_of(all_y);
  std::vector<double> table;
  double largest = 0;
  for (const double from : x)
    for (const double to : y) {
      table.push_back(cost(from, to));
      largest = std::max(largest, std::abs(table.back()));
    }
  const double tolerance = 1e-9 * largest;
  const auto pair = [](double from, double to) { return "x = " + number_text(from) + ", y = " + number_text(to); };
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) {
      const double* c = &table[i * y.size() + j];
      if (std::abs(c[0] - cost(y[j], x[i])) > tolerance) return "a cost that is not symmetric at " + pair(x[i], y[j]);
      if (i + 1 == x.size() || j + 1 == y.size()) continue;
      const double* below = c + y.size();
      if (c[0] + below[1] > c[1] + below[0] + tolerance)
        return "a cost that is not convex in the distance near " + pair(x[i], y[j]);
    }
  return {};
}

}  // namespace sorted_detail

LinePotentials Sorted::relative(const LinearProblem& problem) const {
  return relative(problem, check_problem(problem));
}

LinePotentials Sorted::relative(const LinearProblem& problem, const CheckedProblem& checked) const {
  const auto& cloud = require_points(*this, problem);
  const auto dimension = cloud.row_leaf().size(1);
  if (dimension != 1) {
    refuse_geometry(*this, problem, "points of " + std::to_string(dimension) + " features", "points of one feature");
  }
  const auto x = to_vector(cloud.row_leaf());
  const auto y = to_vector(cloud.column_leaf());
  const auto cost = [&cloud](double from, double to) {
    double value = 0;
    cloud.cost()->values(PairBlock<double>{&from, &to, &to, 1, 1, 1, 1, false}, &value);
    return value;
  };
  const auto fault = sorted_detail::fault(x, y, cost);
  if (!fault.empty()) refuse_geometry(*this, problem, fault, "a symmetric cost that is convex in the distance");
  return line_potentials(x, y, checked.a.weights, checked.b.weights, cost);
}

SinkhornStart Sorted::start(const LinearProblem& problem) const {
  static_cast<void>(require_points(*this, problem));
  const auto checked = check_problem(problem);
  auto f = relative(problem, checked).f;
  for (std::size_t i = 0; i < f.size(); ++i) f[i] += checked.epsilon * checked.a.log_weights[i];
  return {std::move(f), {}};
}

}  // namespace brenier::ot
