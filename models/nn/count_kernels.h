// The inner loops of count_likelihood.h, by Highway with run-time dispatch (AVX2, AVX-512, NEON, plain).
//
// Row-major, any width: columns beyond the last are neither read nor written. T is float or double. Which instruction
// set runs changes results in the last bits only.
#pragma once

#include <cstdint>

namespace brenier::models::counts {

using Index = std::int64_t;

// log Gamma(z) and its derivative for z > 0: Stirling's series, from z + 8 by the recurrence when z < 8. Relative error
// below 1e-14 (absolute near the zeros of either). `digamma` may be null.
void log_gamma(Index count, const double* z, double* log_gamma, double* digamma);

// Counts below are whole numbers for which a table says what they add; others are rarer and cost more.
inline constexpr Index kTabled = 8;

// What the genes bring along, [genes] each, made from log_theta by prepare_genes.
template <class T>
struct Genes {
  Index genes;
  const T* log_theta;
  T* theta;
  T* inverse_theta;
  T* rise;             // [kTabled - 1, genes] log((theta + k - 1) / k) for k = 1, 2, ...: sums are log p's binomial
  T* slope;            // [kTabled - 1, genes] theta / (theta + k - 1)
  double* wide_theta;  // theta
  double* log_gamma;   // of theta
  double* digamma;
};
template <class T>
void prepare_genes(const Genes<T>& genes);

// Negative binomial rows: `rows` of them, one behind the other.
template <class T>
struct CountRows {
  Index rows;
  const T* counts;         // [rows, genes]
  const T* library;        // [rows]
  const T* logits;         // [rows, genes]
  double* log_likelihood;  // [rows]
  T* gradient;             // [rows, genes] with respect to the logits; null: no gradients
  T* dispersion;           // [genes] the gradient with respect to log theta is added to it
};
template <class T>
void negative_binomial_rows(const Genes<T>& genes, const CountRows<T>& rows);

// Gaussian rows; `precision` is exp(-2 log_deviation), the gradients as above, constants are left to the caller:
// log_likelihood <- -sum_g (cell - mean)^2 precision / 2, dispersion += (cell - mean)^2 precision.
template <class T>
struct GaussianRows {
  Index rows;
  Index genes;
  const T* cells;
  const T* mean;
  const T* precision;
  double* log_likelihood;
  T* gradient;
  T* dispersion;
};
template <class T>
void gaussian_rows(const GaussianRows<T>& rows);

}  // namespace brenier::models::counts
