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

}  // namespace brenier::ot::simd
