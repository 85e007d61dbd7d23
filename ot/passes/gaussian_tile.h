// The inner loop of Sinkhorn on points with the squared Euclidean cost: a tile of the plan from the points at once.
//
//   out[i, j] = exp(shift_i + bias_j - scale |x_i - y_j|^2),   sums_i += sum_j out[i, j]
//
// Highway with run-time dispatch. float32 takes its own exp2: 2^n p(r) with n = round(t), |r| <= 1/2 and p the minimax
// polynomial of degree 5, relative error at most 2.2e-7; exactly 0 below 2^-126, very large or infinite above
// 2^127. float64 takes Highway's exp. |x - y|^2 is summed from differences for up to 4 features; for
// more it is |x|^2 + |y|^2 - 2 x y, which needs points near 0 (the caller centres them) and half the work.
//
// Exponents of float32 are differences of numbers of the size of the potentials, so they are off by 6e-8 times that
// size. exact_gaussian_tile takes everything in float64 up to the exponent t and only exp in float32: relative
// error at most 2.2e-7 + 6e-8 |t|.
#pragma once

#include "ot/passes/simd.h"

namespace brenier::ot {

// Features up to which differences are summed.
inline constexpr Index kNearDimension = 4;

template <class T>
struct GaussianTile {
  const T* x = nullptr;        // [rows, D] row-major
  const T* y = nullptr;        // [D, stride] feature-major, at the tile's first column
  const T* x_norms = nullptr;  // [rows] |x|^2, for more than kNearDimension features
  const T* y_norms = nullptr;  // [columns]
  const T* shift = nullptr;    // [rows]; -inf: a row of zeros
  const T* bias = nullptr;     // [columns]; -inf: a column of zeros
  T scale = 0;
  Index rows = 0;
  Index columns = 0;
  Index dimension = 0;
  Index stride = 0;
};

// The height of a strip, see gaussian_strip.
inline constexpr Index kStripRows = 8;

// `out` [rows, columns], row-major; `sums` [rows].
template <class T>
void gaussian_tile(const GaussianTile<T>& tile, T* out, double* sums);

// The same for a tile of kStripRows rows that only finish_strip reads: `out` is in the order in which it is computed,
// one stream through memory instead of one a row. `finished`: an earlier strip of the same columns whose weighted sum
// is taken on the way, while the exponentials leave the memory idle; or null.
template <class T>
void gaussian_strip(const GaussianTile<T>& tile, T* out, double* sums, const simd::WeightedRows<T>* finished);

// sums[j] += sum_i factors[i] * entry[i, j] of a strip that gaussian_strip wrote.
template <class T>
void finish_strip(const simd::WeightedRows<T>& strip, Index columns);

void exact_gaussian_tile(const GaussianTile<double>& tile, float* out, double* sums);

// out[i, j] = |x_i - y_j|^2 by products, at least 0; shift, bias and scale are not used.
template <class T>
void squared_distance_tile(const GaussianTile<T>& tile, T* out);

}  // namespace brenier::ot
