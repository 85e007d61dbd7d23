// Exact potentials of optimal transport on a line, without entropy: f_i + g_j <= C_ij, with equality on the plan.
//
// For a convex cost of the distance the sorted points give the plan: fill the table from its north-west corner. The
// filled cells are a staircase, and equality on them gives one potential a step, O(n log n) in all. Where a row and a
// column run out at once the next cell is diagonal and leaves an interval of choices; the middle is taken (the mean of
// the two ways round the corner), so equal weights give
//   f_{k+1} = f_k + 1/2 [c(x_{k+1}, y_{k+1}) - c(x_k, y_{k+1}) + c(x_{k+1}, y_k) - c(x_k, y_k)].
// thornton2023initialization starts from the same plan.
#pragma once

#include <functional>
#include <vector>

namespace brenier::ot {

struct LinePotentials {
  std::vector<double> f;  // mean 0 over rows of positive weight; -inf at weight 0, which takes no part
  std::vector<double> g;
};

// `cost` must be convex in x - y (any Monge cost will do); x, a [N] and y, b [M], at least one positive weight each.
// Masses that differ are made equal by scaling b.
[[nodiscard]] LinePotentials line_potentials(const std::vector<double>& x, const std::vector<double>& y,
                                             const std::vector<double>& a, const std::vector<double>& b,
                                             const std::function<double(double, double)>& cost);

}  // namespace brenier::ot
