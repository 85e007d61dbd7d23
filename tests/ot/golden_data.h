// The deterministic data K(n, m, d) on which the golden numbers of the OT tests were measured: no random numbers at
// all.
//
//   fr(k, p) = frac((k + 1) sqrt(p)),  primes 2, 3, 5, 7, 11, 13, 17, 19
//   x_ik = fr(i, prime_k)   y_jk = fr(j, prime_{k + d}) + 0.3   C_ij = |x_i - y_j|^2
//   a_i = 0.1 + fr(i, 23)   b_j = 0.1 + fr(j, 29), each divided by its sum
//
// d is 1..4. K(8, 11, 2) has mean C .4690908105449546, standard deviation .38797376284875434, max 1.669979437815491.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace brenier::ot {

struct GoldenData {
  int n = 0;
  int m = 0;
  int d = 0;
  std::vector<double> x;     // [n, d]
  std::vector<double> y;     // [m, d]
  std::vector<double> a;     // [n], sum 1
  std::vector<double> b;     // [m], sum 1
  std::vector<double> cost;  // [n, m]
};

inline double golden_fraction(int k, int prime) {
  const double value = (k + 1) * std::sqrt(static_cast<double>(prime));
  return value - std::floor(value);
}

inline std::vector<double> golden_weights(int count, int prime) {
  std::vector<double> weights;
  double total = 0;
  for (int i = 0; i < count; ++i) {
    weights.push_back(0.1 + golden_fraction(i, prime));
    total += weights.back();
  }
  for (double& weight : weights) {
    weight /= total;
  }
  return weights;
}

inline GoldenData golden_data(int n, int m, int d) {
  static constexpr std::array<int, 8> kPrimes = {2, 3, 5, 7, 11, 13, 17, 19};
  if (n < 1 || m < 1 || d < 1 || d > 4) {
    throw std::invalid_argument("golden_data needs n >= 1, m >= 1 and 1 <= d <= 4");
  }
  GoldenData data{n, m, d, {}, {}, golden_weights(n, 23), golden_weights(m, 29), {}};
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < d; ++k) {
      data.x.push_back(golden_fraction(i, kPrimes.at(static_cast<std::size_t>(k))));
    }
  }
  for (int j = 0; j < m; ++j) {
    for (int k = 0; k < d; ++k) {
      data.y.push_back(golden_fraction(j, kPrimes.at(static_cast<std::size_t>(k + d))) + 0.3);
    }
  }
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < m; ++j) {
      double sum = 0;
      for (int k = 0; k < d; ++k) {
        const double difference =
            data.x[static_cast<std::size_t>(i * d + k)] - data.y[static_cast<std::size_t>(j * d + k)];
        sum += difference * difference;
      }
      data.cost.push_back(sum);
    }
  }
  return data;
}

// A float64 tensor with a copy of the values, in row-major order.
inline at::Tensor tensor(const std::vector<double>& values, at::IntArrayRef shape) {
  return at::tensor(values, at::TensorOptions().dtype(at::kDouble)).view(shape);
}

}  // namespace brenier::ot
