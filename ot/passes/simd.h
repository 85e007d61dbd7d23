// The inner loops that a Sinkhorn pass spends its time in, by Highway with run-time dispatch (AVX2, AVX-512, NEON,
// plain). T is float or double; sums over a row are returned in float64.
#pragma once

#include "ot/passes/parallel.h"

namespace brenier::ot::simd {

// out[i, j] = sum_k (x[i, k] - y[k, j])^2 for x [rows, D] row-major and y [D, stride] feature-major; out [rows,
// columns].
template <class T>
void squared_distances(const T* x, Index rows, Index dimension, const T* y, Index stride, Index columns, T* out);

// values[j] <- exp(shift + bias[j] - scale * values[j]); returns their sum. -inf in shift or bias gives exact zeros.
template <class T>
double exponentials(T* values, Index count, T shift, const T* bias, T scale);

// values[j] <- bias[j] - scale * values[j]; returns the largest (-inf when count is 0).
template <class T>
T exponents(T* values, Index count, const T* bias, T scale);

// sum_j exp(values[j] - shift).
template <class T>
double sum_of_exponentials(const T* values, Index count, T shift);

// sums[j] += factor * values[j].
template <class T>
void add_scaled(T factor, const T* values, Index count, T* sums);

// sums[j] += sum_i factors[i] * values[i, j] for values [rows, columns] with rows `stride` apart.
template <class T>
void add_weighted_rows(const T* factors, const T* values, Index rows, Index stride, Index columns, double* sums);

// Rows whose weighted sum is to be added to `sums`, as by add_weighted_rows.
template <class T>
struct WeightedRows {
  const T* factors = nullptr;
  const T* values = nullptr;
  Index rows = 0;
  double* sums = nullptr;
};

// out[i * width + k] += sum_j values[i, j] * with[k * with_stride + j] for values [rows, columns] with rows `stride`
// apart and `width` vectors.
template <class T>
void add_products(const T* values, Index rows, Index stride, Index columns, const T* with, Index with_stride,
                  Index width, double* out);

// mass, sum of entries * costs, sum of entries * bias, added to out[0..2].
template <class T>
void add_moments(const T* entries, const T* costs, const T* bias, Index count, double* out);

// values[j] <- values[j] * (base + bias[j]).
template <class T>
void multiply_by_sum(T* values, Index count, T base, const T* bias);

}  // namespace brenier::ot::simd
