// c(x, y) = |x - y|, the cost of W1. Its derivative at x = y is taken as 0.
#pragma once

#include <cmath>

#include "ot/cost/pairwise_cost.h"
#include "ot/passes/simd.h"

namespace brenier::ot {

struct EuclideanRule {
  [[nodiscard]] std::string name() const { return "euclidean"; }

  template <class T>
  void values(const PairBlock<T>& block, T* out) const {
    simd::squared_distances(block.x, block.rows, block.dimension, block.y_by_feature, block.stride, block.columns, out);
    for (Index k = 0; k < block.rows * block.columns; ++k) out[k] = std::sqrt(out[k]);
  }

  template <class T>
  void gradient(const T* x, const T* y, Index dimension, double* out) const {
    double length = 0;
    for (Index k = 0; k < dimension; ++k) {
      out[k] = static_cast<double>(x[k]) - y[k];
      length += out[k] * out[k];
    }
    const double inverse = length > 0 ? 1 / std::sqrt(length) : 0.0;
    for (Index k = 0; k < dimension; ++k) out[k] *= inverse;
  }

  // (w - e (e . w)) / |x - y| with e the direction and w = u - v.
  template <class T>
  void second(const T* x, const T* y, const double* u, const double* v, Index dimension, double* out) const {
    gradient(x, y, dimension, out);
    double along = 0;
    double length = 0;
    for (Index k = 0; k < dimension; ++k) {
      along += out[k] * (u[k] - v[k]);
      length += (static_cast<double>(x[k]) - y[k]) * (static_cast<double>(x[k]) - y[k]);
    }
    const double inverse = length > 0 ? 1 / std::sqrt(length) : 0.0;
    for (Index k = 0; k < dimension; ++k) out[k] = (u[k] - v[k] - out[k] * along) * inverse;
  }
};

class Euclidean final : public PairwiseCost<EuclideanRule> {
 public:
  Euclidean() : PairwiseCost(EuclideanRule{}) {}
};

}  // namespace brenier::ot
