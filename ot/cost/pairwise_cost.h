// A cost from a rule for one pair of points: the loops over blocks, once for all such costs.
//
// Rule has, for T float or double (D the dimension, all pointers [D]):
//   std::string name() const
//   T value(const T* x, const T* y, Index D) const
//   double gradient(const T* x, const T* y, Index D, double* out) const   out = d1 c(x, y)
//   void second(const T* x, const T* y, const double* u, const double* v, Index D, double* out) const
//                                                             out = d1d1 c u + d1d2 c v, u and v never null
//   template <class T> void values(const PairBlock<T>&, T*) const         blockwise, as fast as the rule can
// and c(x, y) = c(y, x).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ot/cost/cost.h"

namespace brenier::ot {

template <class Rule>
class PairwiseCost : public Cost {
 public:
  explicit PairwiseCost(Rule rule) : rule_(std::move(rule)) {}

  [[nodiscard]] std::string name() const final { return rule_.name(); }
  void values(const PairBlock<float>& block, float* out) const final { rule_.values(block, out); }
  void values(const PairBlock<double>& block, double* out) const final { rule_.values(block, out); }
  void gradient(const PairBlock<float>& block, const float* weights, double* out) const final {
    gradient_of(block, weights, out);
  }
  void gradient(const PairBlock<double>& block, const double* weights, double* out) const final {
    gradient_of(block, weights, out);
  }
  void tangents(const PairBlock<float>& block, const PairTangent& move, float* out) const final {
    tangents_of(block, move, out);
  }
  void tangents(const PairBlock<double>& block, const PairTangent& move, double* out) const final {
    tangents_of(block, move, out);
  }
  void second(const PairBlock<float>& block, const float* weights, const PairTangent& move, double* out) const final {
    second_of(block, weights, move, out);
  }
  void second(const PairBlock<double>& block, const double* weights, const PairTangent& move, double* out) const final {
    second_of(block, weights, move, out);
  }

 private:
  template <class T>
  void gradient_of(const PairBlock<T>& block, const T* weights, double* out) const {
    const Index dimension = block.dimension;
    std::vector<double> slope(static_cast<std::size_t>(dimension));
    for (Index i = 0; i < block.rows; ++i) {
      for (Index j = 0; j < block.columns; ++j) {
        const double weight = static_cast<double>(weights[i * block.columns + j]);
        if (weight == 0) continue;
        rule_.gradient(block.x + i * dimension, block.y + j * dimension, dimension, slope.data());
        for (Index k = 0; k < dimension; ++k) out[i * dimension + k] += weight * slope[static_cast<std::size_t>(k)];
      }
    }
  }

  template <class T>
  void tangents_of(const PairBlock<T>& block, const PairTangent& move, T* out) const {
    const Index dimension = block.dimension;
    std::vector<double> slope(static_cast<std::size_t>(dimension));
    for (Index i = 0; i < block.rows; ++i) {
      for (Index j = 0; j < block.columns; ++j) {
        const T* x = block.x + i * dimension;
        const T* y = block.y + j * dimension;
        double sum = 0;
        if (move.x != nullptr) {
          rule_.gradient(x, y, dimension, slope.data());
          for (Index k = 0; k < dimension; ++k) sum += slope[static_cast<std::size_t>(k)] * move.x[i * dimension + k];
        }
        if (move.y != nullptr) {
          rule_.gradient(y, x, dimension, slope.data());
          for (Index k = 0; k < dimension; ++k) sum += slope[static_cast<std::size_t>(k)] * move.y[j * dimension + k];
        }
        out[i * block.columns + j] = static_cast<T>(sum);
      }
    }
  }

  template <class T>
  void second_of(const PairBlock<T>& block, const T* weights, const PairTangent& move, double* out) const {
    const Index dimension = block.dimension;
    const std::vector<double> still(static_cast<std::size_t>(dimension), 0.0);
    std::vector<double> change(static_cast<std::size_t>(dimension));
    for (Index i = 0; i < block.rows; ++i) {
      const double* u = move.x != nullptr ? move.x + i * dimension : still.data();
      for (Index j = 0; j < block.columns; ++j) {
        const double weight = static_cast<double>(weights[i * block.columns + j]);
        if (weight == 0) continue;
        const double* v = move.y != nullptr ? move.y + j * dimension : still.data();
        rule_.second(block.x + i * dimension, block.y + j * dimension, u, v, dimension, change.data());
        for (Index k = 0; k < dimension; ++k) out[i * dimension + k] += weight * change[static_cast<std::size_t>(k)];
      }
    }
  }

  Rule rule_;
};

}  // namespace brenier::ot
