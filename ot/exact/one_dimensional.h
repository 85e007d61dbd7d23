// Exact optimal transport on the line for the cost |x - y|^p, p >= 1.
//
//   W_p^p = min_P sum_ij P_ij |x_i - y_j|^p
//
// x [N] with weights a [N], y [M] with weights b [M] (masses.h), in any order. The optimal plan pairs the sorted points
// in order: it walks the staircase from the smallest pair (north-west-corner rule) and needs no matrix. Potentials come
// from the same walk, starting with f = 0 at the smallest x: a new row p of the staircase sets f_p = C_pq - g_q, a new
// column q sets g_q = C_pq - f_p. Where a row and a column end together both orders are optimal, and the mean of the
// two is taken: for equal weights that is the mean of the left and the right derivative. Time O((N + M) log(N + M)).
//
// Refused: points that are not finite, weights as in masses.h (kData), p < 1 (kUsage), a value that overflows
// (kNumerical). Source: peyre2019computational, section 2.6.
#pragma once

#include <span>
#include <vector>

#include "ot/exact/exact_plan.h"
#include "ot/exact/masses.h"

namespace brenier::ot {

// value is W_p^p; f is 0 at the smallest x (not centred).
[[nodiscard]] ExactPlan one_dimensional_transport(std::span<const double> x, std::span<const double> y,
                                                  std::span<const double> a, std::span<const double> b, double p = 2.0,
                                                  double mass_tolerance = kMassTolerance);

// W_p^p and its derivatives by each point and, centred, by each weight.
struct OneDimensionalGradient {
  double value = 0;
  std::vector<double> x;  // [N]
  std::vector<double> y;  // [M]
  std::vector<double> a;  // [N], mean 0: f
  std::vector<double> b;  // [M]: g
};
[[nodiscard]] OneDimensionalGradient one_dimensional_gradient(std::span<const double> x, std::span<const double> y,
                                                              const Masses& masses, double p);
// The value alone.
[[nodiscard]] double one_dimensional_value(std::span<const double> x, std::span<const double> y, const Masses& masses,
                                           double p);

// Throws kUsage unless p >= 1 and finite.
void check_power(double p);

}  // namespace brenier::ot
