// One forward and reverse sweep of a potential (icnn.h) over a block of points, and the gradients with respect to its
// weights that the two updates of the min-max dual need.
//
// Of a value, sum_i c_i g(x_i): the ordinary reverse sweep, started at c_i.
// Of the map, sum_i <v_i, T(x_i)> for fixed v. With the tangents along v,
//   adot_l = W_l zdot_{l-1} + A_l v,  zdot_l = phi'(a_l) adot_l,
// that sum is sum_i (v_i'P x_i + q'v_i + w_L'zdot_{L-1}), so one reverse sweep over (a, adot) gives the exact gradient:
//   alpha_l = (W_{l+1}' d_{l+1}) phi''(a_l) adot_l + (W_{l+1}' alpha_{l+1}) phi'(a_l)
//   dA_l = d_l v' + alpha_l x',  dW_l = d_l zdot_{l-1}' + alpha_l z_{l-1}',  db_l = sum alpha_l,  dw_L = sum zdot_{L-1}
// where alpha vanishes behind the first layer for a piecewise linear phi. d is needed for T anyway, so the tangent of g
// along v = grad f(T) - x is the only sweep that the gradient adds.
//
// All memory is taken once; a block has at most kBlockRows points.
#pragma once

#include <cstdint>
#include <vector>

#include "models/nn/icnn.h"

namespace brenier::models {

template <class T>
class PotentialSweep final {
 public:
  using Index = std::int64_t;
  static constexpr Index kBlockRows = 64;

  explicit PotentialSweep(const PotentialLayout& layout);

  // Copies `rows` points from x, `x_row` apart, and runs the network forward. Keeps `potential` until the next load.
  void load(const PotentialView<T>& potential, const T* x, Index x_row, Index rows);
  // g(x_i), before map().
  [[nodiscard]] double value(Index row) const;
  // The reverse sweep, started at weight[i] (null: 1).
  void reverse(const T* weight);
  // T(x) after reverse(nullptr): [rows, D], rows row_stride() apart.
  const T* map();
  [[nodiscard]] const T* points() const {
    return reverse_.data() + layout_.hidden_columns;
  }  // as loaded, likewise apart
  [[nodiscard]] Index row_stride() const { return layout_.stride; }
  // Where v goes: [rows, D padded], likewise apart; the padding must stay 0.
  [[nodiscard]] T* direction() { return tangent_.data() + layout_.hidden_columns; }

  // Gradients, after reverse(). `fresh`: written to `gradient` (layout of the weights), else added to it.
  void map_gradient(T* gradient, bool fresh);                     // of sum <direction_i, T(x_i)>
  void value_gradient(const T* weight, T* gradient, bool fresh);  // of sum weight_i g(x_i); reverse() had that weight

 private:
  [[nodiscard]] std::size_t layers() const { return layout_.layers(); }
  [[nodiscard]] bool bends(std::size_t l) const { return l == 0 || !is_piecewise_linear(potential_.activation); }
  // gradient[rows from, columns of all layers and P] += left' right, the part of A and P.
  void add_inner(const T* left, const T* right, Index columns, T* gradient, bool fresh) const;
  void add_kernel(std::size_t l, const T* left, const T* right, T* gradient, bool fresh) const;
  void tangents();

  const PotentialLayout& layout_;
  PotentialView<T> potential_;
  Index rows_ = 0;
  // Each [kBlockRows, S]: the blocks of the layers, then one as wide as a point.
  std::vector<T> value_;      // z | P x + q, later T
  std::vector<T> slope_;      // phi'
  std::vector<T> curvature_;  // phi''
  std::vector<T> before_;     // W_{l+1}' d_{l+1}
  std::vector<T> reverse_;    // d | x
  std::vector<T> tangent_;    // adot | v
  std::vector<T> moved_;      // zdot
  std::vector<T> alpha_;
};

}  // namespace brenier::models
