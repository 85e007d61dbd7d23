#include "models/nn/potential_sweep.h"

#include <algorithm>

#include "models/nn/row_kernels.h"

namespace brenier::models {

template <class T>
PotentialSweep<T>::PotentialSweep(const PotentialLayout& layout) : layout_(layout), potential_{} {
  const auto size = static_cast<std::size_t>(kBlockRows * layout.stride);
  for (auto* buffer : {&value_, &slope_, &curvature_, &before_, &reverse_, &tangent_, &moved_, &alpha_}) {
    buffer->assign(size, T(0));
  }
}

template <class T>
void PotentialSweep<T>::load(const PotentialView<T>& potential, const T* x, Index x_row, Index rows) {
  potential_ = potential;
  rows_ = rows;
  const Index stride = layout_.stride;
  T* own = reverse_.data() + layout_.hidden_columns;
  for (Index i = 0; i < rows; ++i) std::copy_n(x + i * x_row, layout_.cell, own + i * stride);
  rows::multiply<T>({.a = own,
                     .a_row = stride,
                     .a_column = 1,
                     .b = potential.weights,
                     .b_row = stride,
                     .c = value_.data(),
                     .c_row = stride,
                     .rows = rows,
                     .columns = layout_.hidden_columns + layout_.cell_padded,
                     .depth = layout_.cell,
                     .bias = potential.weights + layout_.bias});
  for (std::size_t l = 0; l < layers(); ++l) {
    const Index column = layout_.column[l];
    if (l > 0) {
      rows::multiply<T>({.a = value_.data() + layout_.column[l - 1],
                         .a_row = stride,
                         .a_column = 1,
                         .b = potential.kernel_forward(l),
                         .b_row = layout_.padded[l],
                         .c = value_.data() + column,
                         .c_row = stride,
                         .rows = rows,
                         .columns = layout_.padded[l],
                         .depth = layout_.hidden[l - 1],
                         .add = true});
    }
    rows::activate<T>(potential.activation, l == 0, {rows, layout_.padded[l], stride}, value_.data() + column,
                      slope_.data() + column, bends(l) ? curvature_.data() + column : nullptr);
  }
}

template <class T>
double PotentialSweep<T>::value(Index row) const {
  const T* values = value_.data() + row * layout_.stride;
  const T* own = points() + row * layout_.stride;
  const T* weights = potential_.weights;
  const T quadratic = rows::dot(layout_.cell_padded, own, values + layout_.hidden_columns) +
                      rows::dot(layout_.cell_padded, own, weights + layout_.bias + layout_.hidden_columns);
  const T network = rows::dot(layout_.padded.back(), values + layout_.column.back(), weights + layout_.output);
  return 0.5 * static_cast<double>(quadratic) + static_cast<double>(network) +
         static_cast<double>(weights[layout_.offset]);
}

template <class T>
void PotentialSweep<T>::reverse(const T* weight) {
  const Index stride = layout_.stride;
  for (std::size_t l = layers(); l-- > 0;) {
    const Index column = layout_.column[l];
    const rows::Block block{rows_, layout_.padded[l], stride};
    if (l + 1 == layers()) {
      rows::spread<T>(block, potential_.weights + layout_.output, weight, slope_.data() + column,
                      before_.data() + column, reverse_.data() + column);
      continue;
    }
    rows::multiply<T>({.a = reverse_.data() + layout_.column[l + 1],
                       .a_row = stride,
                       .a_column = 1,
                       .b = potential_.weights + layout_.kernel[l + 1],
                       .b_row = layout_.padded[l],
                       .c = before_.data() + column,
                       .c_row = stride,
                       .rows = rows_,
                       .columns = layout_.padded[l],
                       .depth = layout_.hidden[l + 1],
                       .factor = slope_.data() + column,
                       .scaled = reverse_.data() + column});
  }
}

template <class T>
const T* PotentialSweep<T>::map() {
  T* out = value_.data() + layout_.hidden_columns;
  rows::multiply<T>({.a = reverse_.data(),
                     .a_row = layout_.stride,
                     .a_column = 1,
                     .b = potential_.outward,
                     .b_row = layout_.cell_padded,
                     .c = out,
                     .c_row = layout_.stride,
                     .rows = rows_,
                     .columns = layout_.cell_padded,
                     .depth = layout_.hidden_columns,
                     .add = true});
  return out;
}

template <class T>
void PotentialSweep<T>::add_inner(const T* left, const T* right, Index columns, T* gradient, bool fresh) const {
  rows::multiply<T>({.a = left,
                     .a_row = 1,
                     .a_column = layout_.stride,
                     .b = right,
                     .b_row = layout_.stride,
                     .c = gradient,
                     .c_row = layout_.stride,
                     .rows = layout_.cell,
                     .columns = columns,
                     .depth = rows_,
                     .add = !fresh});
}

template <class T>
void PotentialSweep<T>::add_kernel(std::size_t l, const T* left, const T* right, T* gradient, bool fresh) const {
  rows::multiply<T>({.a = left + layout_.column[l],
                     .a_row = 1,
                     .a_column = layout_.stride,
                     .b = right + layout_.column[l - 1],
                     .b_row = layout_.stride,
                     .c = gradient + layout_.kernel[l],
                     .c_row = layout_.padded[l - 1],
                     .rows = layout_.hidden[l],
                     .columns = layout_.padded[l - 1],
                     .depth = rows_,
                     .add = !fresh});
}

template <class T>
void PotentialSweep<T>::tangents() {
  const Index stride = layout_.stride;
  for (std::size_t l = 0; l < layers(); ++l) {
    const Index column = layout_.column[l];
    rows::Product<T> product{.a = direction(),
                             .a_row = stride,
                             .a_column = 1,
                             .b = potential_.weights + column,
                             .b_row = stride,
                             .c = tangent_.data() + column,
                             .c_row = stride,
                             .rows = rows_,
                             .columns = layout_.padded[l],
                             .depth = layout_.cell};
    if (l > 0) {
      rows::multiply(product);
      product.a = moved_.data() + layout_.column[l - 1];
      product.b = potential_.kernel_forward(l);
      product.b_row = layout_.padded[l];
      product.depth = layout_.hidden[l - 1];
      product.add = true;
    }
    product.factor = slope_.data() + column;
    product.scaled = moved_.data() + column;
    rows::multiply(product);
  }
}

template <class T>
void PotentialSweep<T>::map_gradient(T* gradient, bool fresh) {
  const Index stride = layout_.stride;
  if (fresh) {
    std::fill_n(gradient + layout_.bias, stride, T(0));
    std::fill(gradient + layout_.output, gradient + layout_.size, T(0));
  }
  tangents();
  add_inner(direction(), reverse_.data(), layout_.hidden_columns + layout_.cell_padded, gradient, fresh);
  bool carried = false;
  for (std::size_t l = layers(); l-- > 0;) {
    const Index column = layout_.column[l];
    if (l > 0) add_kernel(l, reverse_.data(), moved_.data(), gradient, fresh);
    if (!bends(l)) continue;
    const rows::Block block{rows_, layout_.padded[l], stride};
    if (carried) {
      rows::multiply<T>({.a = alpha_.data() + layout_.column[l + 1],
                         .a_row = stride,
                         .a_column = 1,
                         .b = potential_.weights + layout_.kernel[l + 1],
                         .b_row = layout_.padded[l],
                         .c = alpha_.data() + column,
                         .c_row = stride,
                         .rows = rows_,
                         .columns = layout_.padded[l],
                         .depth = layout_.hidden[l + 1]});
    }
    rows::bend<T>(block, before_.data() + column, curvature_.data() + column, tangent_.data() + column,
                  slope_.data() + column, carried, alpha_.data() + column);
    if (l > 0) add_kernel(l, alpha_.data(), value_.data(), gradient, false);
    rows::add_columns<T>(block, alpha_.data() + column, nullptr, gradient + layout_.bias + column);
    carried = !is_piecewise_linear(potential_.activation);
  }
  add_inner(points(), alpha_.data(), carried ? layout_.hidden_columns : layout_.padded.front(), gradient, false);
  rows::add_columns<T>({rows_, layout_.cell_padded, stride}, direction(), nullptr,
                       gradient + layout_.bias + layout_.hidden_columns);
  rows::add_columns<T>({rows_, layout_.padded.back(), stride}, moved_.data() + layout_.column.back(), nullptr,
                       gradient + layout_.output);
}

template <class T>
void PotentialSweep<T>::value_gradient(const T* weight, T* gradient, bool fresh) {
  const Index stride = layout_.stride;
  if (fresh) {
    std::fill_n(gradient + layout_.bias, stride, T(0));
    std::fill(gradient + layout_.output, gradient + layout_.size, T(0));
  }
  // P gets half of c x x'.
  T* half = direction();
  for (Index i = 0; i < rows_; ++i) {
    const T* own = points() + i * stride;
    for (Index j = 0; j < layout_.cell; ++j) half[i * stride + j] = T(0.5) * weight[i] * own[j];
  }
  add_inner(points(), reverse_.data(), layout_.hidden_columns, gradient, fresh);
  add_inner(points(), half, layout_.cell_padded, gradient + layout_.hidden_columns, fresh);
  for (std::size_t l = 0; l < layers(); ++l) {
    if (l > 0) add_kernel(l, reverse_.data(), value_.data(), gradient, fresh);
    rows::add_columns<T>({rows_, layout_.padded[l], stride}, reverse_.data() + layout_.column[l], nullptr,
                         gradient + layout_.bias + layout_.column[l]);
  }
  rows::add_columns<T>({rows_, layout_.cell_padded, stride}, points(), weight,
                       gradient + layout_.bias + layout_.hidden_columns);
  rows::add_columns<T>({rows_, layout_.padded.back(), stride}, value_.data() + layout_.column.back(), weight,
                       gradient + layout_.output);
  for (Index i = 0; i < rows_; ++i) gradient[layout_.offset] += weight[i];
}

template class PotentialSweep<float>;
template class PotentialSweep<double>;

}  // namespace brenier::models
