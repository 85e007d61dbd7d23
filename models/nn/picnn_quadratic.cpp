// The quadratics of Picnn and their gradients, by hand. With G the gradient of a loss with respect to the effective
// weights and S = G_P + G_P':
//   dM_k = kappa_k M_k (S - G_q s_k' - s_k G_q'),   ds_k = -kappa_k M_k'M_k G_q
#include <ATen/ATen.h>

#include <algorithm>

#include "models/nn/picnn.h"
#include "models/nn/row_kernels.h"

namespace brenier::models {
namespace picnn_quadratic_detail {

using Index = std::int64_t;

// M [D, D] with padded rows.
template <class T>
std::vector<T> padded_square(const T* m, Index d, Index row) {
  std::vector<T> out(static_cast<std::size_t>(d * row), T(0));
  for (Index i = 0; i < d; ++i) std::copy_n(m + i * d, d, out.data() + i * row);
  return out;
}

}  // namespace picnn_quadratic_detail

// P, and what the quadratics and offsets add to q.
template <class T>
void Picnn::add_quadratics(PicnnTape& tape) const {
  const Index d = shape_.cell;
  const Index row = layout_.cell_padded;
  const T* kappa = tape.kappa.const_data_ptr<T>();
  const T* factors = flat_.const_data_ptr<T>() + slots_[factors_].first;
  const T* centres = flat_.const_data_ptr<T>() + slots_[centres_].first;
  const T* offsets = offsets_.const_data_ptr<T>();
  T* weights = tape.potential.weights().data_ptr<T>();
  T* square = weights + layout_.hidden_columns;
  T* linear = weights + layout_.bias + layout_.hidden_columns;
  T rest = 1;
  for (Index k = 0; k < shape_.quadratics; ++k) rest -= kappa[k];
  for (Index i = 0; i < d; ++i) {
    std::fill_n(square + i * layout_.stride, d, T(0));
    square[i * layout_.stride + i] = rest;
  }
  std::vector<T> product(static_cast<std::size_t>(d * row));
  for (Index k = 0; k < shape_.quadratics; ++k) {
    if (kappa[k] == 0) continue;
    const auto m = picnn_quadratic_detail::padded_square(factors + k * d * d, d, row);
    rows::multiply<T>({.a = m.data(),
                       .a_row = 1,
                       .a_column = row,
                       .b = m.data(),
                       .b_row = row,
                       .c = product.data(),
                       .c_row = row,
                       .rows = d,
                       .columns = row,
                       .depth = d});
    const T* s = centres + k * d;
    for (Index i = 0; i < d; ++i) {
      const T* q = product.data() + i * row;
      T moved = 0;
      for (Index j = 0; j < d; ++j) {
        square[i * layout_.stride + j] += kappa[k] * q[j];
        moved += q[j] * s[j];
      }
      linear[i] -= kappa[k] * (moved - offsets[k * d + i]);
    }
  }
}

template <class T>
void Picnn::pull_back_quadratics(const PicnnTape& tape, const T* gradient, T* out) const {
  const Index d = shape_.cell;
  const Index row = layout_.cell_padded;
  const T* kappa = tape.kappa.const_data_ptr<T>();
  const T* factors = flat_.const_data_ptr<T>() + slots_[factors_].first;
  const T* centres = flat_.const_data_ptr<T>() + slots_[centres_].first;
  T* to_factors = out + slots_[factors_].first;
  T* to_centres = out + slots_[centres_].first;
  const T* square = gradient + layout_.hidden_columns;
  const T* linear = gradient + layout_.bias + layout_.hidden_columns;
  std::vector<T> both(static_cast<std::size_t>(d * row), T(0));
  std::vector<T> product(static_cast<std::size_t>(d * row));
  std::vector<T> moved(static_cast<std::size_t>(d));
  for (Index k = 0; k < shape_.quadratics; ++k) {
    T* own = to_factors + k * d * d;
    T* own_centre = to_centres + k * d;
    if (kappa[k] == 0) {
      std::fill_n(own, d * d, T(0));
      std::fill_n(own_centre, d, T(0));
      continue;
    }
    const T* s = centres + k * d;
    const T* factor = factors + k * d * d;
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) {
        both[static_cast<std::size_t>(i * row + j)] =
            kappa[k] *
            (square[i * layout_.stride + j] + square[j * layout_.stride + i] - linear[i] * s[j] - s[i] * linear[j]);
      }
    }
    rows::multiply<T>({.a = factor,
                       .a_row = d,
                       .a_column = 1,
                       .b = both.data(),
                       .b_row = row,
                       .c = product.data(),
                       .c_row = row,
                       .rows = d,
                       .columns = row,
                       .depth = d});
    for (Index i = 0; i < d; ++i) std::copy_n(product.data() + i * row, d, own + i * d);
    rows::matrix_vector(d, d, factor, linear, moved.data());  // M_k'(M_k G_q)
    std::fill_n(own_centre, d, T(0));
    for (Index i = 0; i < d; ++i) {
      for (Index j = 0; j < d; ++j) own_centre[j] -= kappa[k] * factor[i * d + j] * moved[static_cast<std::size_t>(i)];
    }
  }
}

template void Picnn::add_quadratics<float>(PicnnTape&) const;
template void Picnn::add_quadratics<double>(PicnnTape&) const;
template void Picnn::pull_back_quadratics<float>(const PicnnTape&, const float*, float*) const;
template void Picnn::pull_back_quadratics<double>(const PicnnTape&, const double*, double*) const;

}  // namespace brenier::models
