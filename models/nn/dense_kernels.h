// The inner loops of dense_stack.h, by Highway with run-time dispatch (AVX2, AVX-512, NEON, plain).
//
// Everything is row-major and of any width: columns beyond the last are neither read nor written. T is float or double.
// Which instruction set runs changes results in the last bits only; a row of a product does not depend on its
// neighbours, and no sum on a thread count.
#pragma once

#include <cstdint>

namespace brenier::models::dense {

using Index = std::int64_t;

// Columns that one piece of work should have: two vectors of AVX-512 floats.
inline constexpr Index kBlockColumns = 32;

// C = start + A B with A [rows, depth] addressed as a[i * a_row + k * a_column], B [depth, columns] as
// b[k * b_row + j * b_column], C [rows, columns] with rows c_row apart. One of b_row, b_column is 1; b_column = 1 is
// the quick one.
template <class T>
struct Product {
  const T* a;
  Index a_row;
  Index a_column;
  const T* b;
  Index b_row;
  Index b_column;
  T* c;
  Index c_row;
  Index rows;
  Index columns;
  Index depth;
  const T* bias = nullptr;  // start is this row in every row, else 0
};
template <class T>
void multiply(const Product<T>& product);

// Columns of one hidden layer: arrays [rows, columns] have their rows `stride` apart, arrays [columns] are those of
// these columns. Without normalisation `inverse`, `scale`, `mean` and `variance` are null.
template <class T>
struct Columns {
  Index rows;
  Index columns;
  Index stride;
  T* normed;        // (y - mean) inverse; without normalisation y + bias
  const T* keep;    // dropout factors; null: none
  const T* scale;   // gamma
  const T* shift;   // beta
  T* mean;          // [columns]
  T* variance;      // [columns] biased; written when `statistics`, else not looked at
  T* inverse;       // [columns] 1 / sqrt(variance + epsilon)
  bool statistics;  // mean, variance and inverse are computed from y, else given
  T epsilon;
  T leak;
};
// normed holds y at first; output <- act(scale normed + shift) keep.
template <class T>
void activate_columns(const Columns<T>& columns, T* output);

// gradient holds d output at first, d y at last; d_scale and d_shift (null: not wanted, d_scale also null without
// normalisation) <- sums over rows.
template <class T>
void activate_columns_backward(const Columns<T>& columns, T* gradient, T* d_scale, T* d_shift);

// keep[i] = `kept` where bits[i] >= dropped, else 0.
template <class T>
void dropout_factors(Index count, const std::uint16_t* bits, std::uint32_t dropped, T kept, T* keep);

// sums[j] = sum_i values[i, j].
template <class T>
void column_sums(Index rows, Index columns, Index stride, const T* values, T* sums);

}  // namespace brenier::models::dense
