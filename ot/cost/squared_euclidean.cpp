#include "ot/cost/squared_euclidean.h"

#include "ot/passes/simd.h"

namespace brenier::ot {
namespace squared_euclidean_detail {

// out_i += 2 (r_i p_i - sum_j W_ij q_j) with r = W 1, for points p of rows and q of columns (of any type).
template <class T, class P>
void weighted_differences(Index rows, Index columns, Index dimension, const T* weights, const P* p, const P* q,
                          double* out) {
  std::vector<double> mean(static_cast<std::size_t>(dimension));
  for (Index i = 0; i < rows; ++i) {
    const T* row = weights + i * columns;
    double mass = 0;
    std::fill(mean.begin(), mean.end(), 0.0);
    for (Index j = 0; j < columns; ++j) {
      const auto weight = static_cast<double>(row[j]);
      if (weight == 0) continue;
      mass += weight;
      if (q == nullptr) continue;
      const P* point = q + j * dimension;
      for (Index k = 0; k < dimension; ++k) mean[static_cast<std::size_t>(k)] += weight * static_cast<double>(point[k]);
    }
    for (Index k = 0; k < dimension; ++k) {
      const double own = p != nullptr ? mass * static_cast<double>(p[i * dimension + k]) : 0.0;
      out[i * dimension + k] += 2 * (own - mean[static_cast<std::size_t>(k)]);
    }
  }
}

template <class T>
void gradient(const PairBlock<T>& block, const T* weights, double* out) {
  const Index d = block.dimension;
  std::vector<double> mean(static_cast<std::size_t>(block.rows * d), 0.0);
  std::vector<double> mass(static_cast<std::size_t>(block.rows), 0.0);
  const std::vector<T> ones(static_cast<std::size_t>(block.columns), T(1));
  simd::add_products(weights, block.rows, block.columns, block.columns, block.y_by_feature, block.stride, d,
                     mean.data());
  simd::add_products(weights, block.rows, block.columns, block.columns, ones.data(), block.columns, 1, mass.data());
  for (Index i = 0; i < block.rows; ++i) {
    for (Index k = 0; k < d; ++k) {
      const auto place = static_cast<std::size_t>(i * d + k);
      out[place] += 2 * (mass[static_cast<std::size_t>(i)] * static_cast<double>(block.x[place]) - mean[place]);
    }
  }
}

template <class T>
void tangents(const PairBlock<T>& block, const PairTangent& move, T* out) {
  const Index dimension = block.dimension;
  for (Index i = 0; i < block.rows; ++i) {
    for (Index j = 0; j < block.columns; ++j) {
      double sum = 0;
      for (Index k = 0; k < dimension; ++k) {
        const double difference = static_cast<double>(block.x[i * dimension + k]) - block.y[j * dimension + k];
        const double x_move = move.x != nullptr ? move.x[i * dimension + k] : 0.0;
        const double y_move = move.y != nullptr ? move.y[j * dimension + k] : 0.0;
        sum += difference * (x_move - y_move);
      }
      out[i * block.columns + j] = static_cast<T>(2 * sum);
    }
  }
}

// d1d1 c = 2 I and d1d2 c = -2 I: the gradient's formula with moves in place of points.
template <class T>
void second(const PairBlock<T>& block, const T* weights, const PairTangent& move, double* out) {
  weighted_differences(block.rows, block.columns, block.dimension, weights, move.x, move.y, out);
}

}  // namespace squared_euclidean_detail

void SquaredEuclidean::values(const PairBlock<float>& block, float* out) const {
  simd::squared_distances(block.x, block.rows, block.dimension, block.y_by_feature, block.stride, block.columns, out);
}
void SquaredEuclidean::values(const PairBlock<double>& block, double* out) const {
  simd::squared_distances(block.x, block.rows, block.dimension, block.y_by_feature, block.stride, block.columns, out);
}
void SquaredEuclidean::gradient(const PairBlock<float>& block, const float* weights, double* out) const {
  squared_euclidean_detail::gradient(block, weights, out);
}
void SquaredEuclidean::gradient(const PairBlock<double>& block, const double* weights, double* out) const {
  squared_euclidean_detail::gradient(block, weights, out);
}
void SquaredEuclidean::tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const {
  squared_euclidean_detail::tangents(block, move, out);
}
void SquaredEuclidean::tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const {
  squared_euclidean_detail::tangents(block, move, out);
}
void SquaredEuclidean::second(const PairBlock<float>& block, const float* weights, const PairTangent& move,
                              double* out) const {
  squared_euclidean_detail::second(block, weights, move, out);
}
void SquaredEuclidean::second(const PairBlock<double>& block, const double* weights, const PairTangent& move,
                              double* out) const {
  squared_euclidean_detail::second(block, weights, move, out);
}

}  // namespace brenier::ot
