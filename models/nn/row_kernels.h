// The inner loops of the hand-written potential sweeps, by Highway with run-time dispatch (AVX2, AVX-512, NEON, plain).
//
// Everything is row-major. Widths are padded: `columns` is a multiple of kColumnPad, so no loop has a
// tail (unless a function says otherwise). T is float or
// double. Which instruction set runs changes results in the last bits only; the number of threads changes nothing.
#pragma once

#include <cstdint>

#include "models/nn/activation.h"

namespace brenier::models::rows {

using Index = std::int64_t;

inline constexpr Index kColumnPad = 16;  // one vector of AVX-512 floats

[[nodiscard]] constexpr Index padded(Index columns) { return (columns + kColumnPad - 1) / kColumnPad * kColumnPad; }

// A product C = start + A B with A [rows, depth] addressed as a[i * a_row + k * a_column] (so that A' costs the same),
// B [depth, columns] with rows b_row apart, C [rows, columns] with rows c_row apart.
template <class T>
struct Product {
  const T* a;
  Index a_row;
  Index a_column;
  const T* b;
  Index b_row;
  T* c;
  Index c_row;
  Index rows;
  Index columns;
  Index depth;
  bool add = false;           // start is C itself
  const T* bias = nullptr;    // start is this row in every row; 0 when neither is given
  const T* factor = nullptr;  // when given, scaled <- C factor as well, element by element; both with rows c_row apart
  T* scaled = nullptr;
};
template <class T>
void multiply(const Product<T>& product);

// A block of rows: `columns` wide, consecutive rows `stride` apart in every array handed over with it.
struct Block {
  Index rows;
  Index columns;
  Index stride;
};

// value <- phi(value), slope <- phi', curvature <- phi'' (skipped when null). `first`: psi instead of phi
// (activation.h).
template <class T>
void activate(Activation activation, bool first, Block block, T* value, T* slope, T* curvature);

// out <- factor[column] slope, and out <- weight[row] factor[column] slope when `weight` is given.
template <class T>
void spread(Block block, const T* factor, const T* weight, const T* slope, T* before, T* out);

// out <- before curvature tangent + out slope (the second term only when `carried`).
template <class T>
void bend(Block block, const T* before, const T* curvature, const T* tangent, const T* slope, bool carried, T* out);

// sums[j] += sum_i values[i, j], and with weights sum_i weight[i] values[i, j].
template <class T>
void add_columns(Block block, const T* values, const T* weight, T* sums);

// sum_j a[j] b[j].
template <class T>
T dot(Index count, const T* a, const T* b);

// out <- A v for A [rows, columns] without padding.
template <class T>
void matrix_vector(Index rows, Index columns, const T* a, const T* v, T* out);

// out[j, i] = in[i, j] for in [rows, columns]; rows of `in` are in_row apart, rows of `out` out_row.
template <class T>
void transpose(Index rows, Index columns, const T* in, Index in_row, T* out, Index out_row);

}  // namespace brenier::models::rows
