// The context path of Picnn: from its parameters to the potential of one context, and gradients back, by hand.
//
// With G the gradient of a loss with respect to the effective weights, for each layer l:
//   d kernel = G_A diag(scale),   d scale_j = sum_h G_A[h, j] kernel[h, j],   dB = d scale u'
//   d W = G_W diag(gate) pos'(W), d gate_j = sum_h G_W[h, j] pos(W)[h, j],    dD = (d gate sigmoid) u'
//   d bias = G_b,                 dC = G_b u'
//   du = B' d scale + D' (d gate sigmoid) + C' G_b + V' dv,                  dv = (du of the next layer) phi'(..)
// The quadratics are in picnn_quadratic.cpp. Agreement with finite differences is a test.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"
#include "models/nn/picnn.h"
#include "models/nn/row_kernels.h"

namespace brenier::models {
namespace picnn_context_detail {

using Index = std::int64_t;

const double kUnitGate = std::log(std::numbers::e - 1.0);  // softplus(kUnitGate) = 1

template <class T>
T soft_plus(T a) {
  return std::max(a, T(0)) + std::log1p(std::exp(-std::abs(a)));
}

template <class T>
T sigmoid(T a) {
  return T(1) / (T(1) + std::exp(-a));
}

// pos(V) and pos'(V).
template <class T>
T positive(Positivity positivity, T v) {
  if (positivity == Positivity::kSoftplus) return soft_plus(v);
  return positivity == Positivity::kRectifier ? std::max(v, T(0)) : v;
}

template <class T>
T positive_slope(Positivity positivity, T v) {
  if (positivity == Positivity::kSoftplus) return sigmoid(v);
  return positivity == Positivity::kRectifier && v < 0 ? T(0) : T(1);
}

// out[i, j] = left[i] right[j].
template <class T>
void outer(Index rows, Index columns, const T* left, const T* right, T* out) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) out[i * columns + j] = left[i] * right[j];
  }
}

// sums[j] += sum_i left[i] a[i, j].
template <class T>
void add_transposed(Index rows, Index columns, const T* a, const T* left, T* sums) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) sums[j] += left[i] * a[i * columns + j];
  }
}

// d/dV of penalty |max(-V, 0)|_F, added to out.
template <class T>
void add_penalty(Index count, const T* v, double penalty, T* out) {
  double squares = 0.0;
  for (Index i = 0; i < count; ++i) {
    const double below = std::min(static_cast<double>(v[i]), 0.0);
    squares += below * below;
  }
  if (squares == 0.0) return;
  const T factor = static_cast<T>(penalty / std::sqrt(squares));
  for (Index i = 0; i < count; ++i) out[i] += factor * std::min(v[i], T(0));
}

}  // namespace picnn_context_detail

Potential Picnn::at(const at::Tensor& context, const at::Tensor& kappa) const {
  auto tape = make_tape();
  evaluate(context, kappa, tape);
  return tape.potential;
}

PicnnTape Picnn::make_tape() const {
  PicnnTape tape(Potential(layout_, activation_, flat_.scalar_type()));
  const auto zeros = [&](Index size) { return at::zeros({rows::padded(size)}, flat_.scalar_type()); };
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Index previous = l == 0 ? 1 : settings_.hidden[l - 1];
    tape.u.push_back(zeros(context_columns(l)));
    tape.slope.push_back(zeros(context_columns(l)));
    tape.scale.push_back(zeros(shape_.cell));
    tape.gate.push_back(zeros(previous));
    tape.share.push_back(zeros(previous));
  }
  return tape;
}

void Picnn::evaluate(const at::Tensor& context, const at::Tensor& kappa, PicnnTape& tape) const {
  const auto dtype = flat_.scalar_type();
  if (context.dim() != 1 || context.size(0) != shape_.context || kappa.dim() != 1 ||
      kappa.size(0) != shape_.quadratics) {
    throw Error(ErrorKind::kDefect, "PICNN: context or kappa of another length")
        .found(std::to_string(context.numel()) + " and " + std::to_string(kappa.numel()))
        .expected(std::to_string(shape_.context) + " and " + std::to_string(shape_.quadratics));
  }
  const c10::NoGradGuard no_grad;
  tape.kappa = kappa.to(dtype).contiguous();
  tape.u.front().narrow(0, 0, shape_.context).copy_(context);
  if (dtype == at::kFloat) {
    evaluate_as<float>(tape);
  } else {
    evaluate_as<double>(tape);
  }
  tape.potential.complete();
}

template <class T>
void Picnn::evaluate_as(PicnnTape& tape) const {
  namespace detail = picnn_context_detail;
  const T* flat = flat_.const_data_ptr<T>();
  const auto at = [&](std::size_t slot) { return flat + slots_[slot].first; };
  T* weights = tape.potential.weights().data_ptr<T>();
  T* linear = weights + layout_.bias + layout_.hidden_columns;
  const Index d = shape_.cell;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto& layer = layers_[l];
    const bool last = l == layout_.layers();
    const Index width = last ? 1 : settings_.hidden[l];
    const Index context = context_columns(l);
    const T* u = tape.u[l].const_data_ptr<T>();
    T* scale = tape.scale[l].data_ptr<T>();
    rows::matrix_vector(d, context, at(layer.scale), u, scale);
    for (Index j = 0; j < d; ++j) scale[j] += 1;
    T* bias = last ? weights + layout_.offset : weights + layout_.bias + layout_.column[l];
    rows::matrix_vector(width, context, at(layer.shift), u, bias);
    for (Index h = 0; h < width; ++h) bias[h] += at(layer.bias)[h];
    if (last) {
      for (Index j = 0; j < d; ++j) linear[j] = at(layer.kernel)[j] * scale[j];
    } else {
      T* inner = weights + layout_.column[l];
      rows::transpose(width, d, at(layer.kernel), d, inner, layout_.stride);
      for (Index j = 0; j < d; ++j) {
        for (Index h = 0; h < width; ++h) inner[j * layout_.stride + h] *= scale[j];
      }
      T* next = tape.u[l + 1].data_ptr<T>();
      const Index next_width = settings_.context_width;
      rows::matrix_vector(next_width, context, at(layer.context_kernel), u, next);
      for (Index h = 0; h < next_width; ++h) next[h] += at(layer.context_bias)[h];
      const Index padded = rows::padded(next_width);
      rows::activate<T>(activation_, /*first=*/false, {1, padded, padded}, next, tape.slope[l + 1].data_ptr<T>(),
                        nullptr);
    }
    if (l == 0) continue;
    const Index previous = settings_.hidden[l - 1];
    T* gate = tape.gate[l].data_ptr<T>();
    T* share = tape.share[l].data_ptr<T>();
    rows::matrix_vector(previous, context, at(layer.gate), u, gate);
    for (Index h = 0; h < previous; ++h) {
      const T before = gate[h] + static_cast<T>(detail::kUnitGate);
      gate[h] = detail::soft_plus(before);
      share[h] = detail::sigmoid(before);
    }
    const auto positivity = positivity_of(l);
    const T* convex = at(layer.convex);
    T* kernel = weights + (last ? layout_.output : layout_.kernel[l]);
    for (Index i = 0; i < width; ++i) {
      T* row = kernel + i * layout_.padded[l - 1];
      for (Index h = 0; h < previous; ++h) row[h] = detail::positive(positivity, convex[i * previous + h]) * gate[h];
    }
  }
  add_quadratics<T>(tape);
}

void Picnn::pull_back(const PicnnTape& tape, const at::Tensor& gradient, at::Tensor& out, at::Tensor* context) const {
  if (flat_.scalar_type() == at::kFloat) {
    pull_back_as<float>(tape, gradient.const_data_ptr<float>(), out.data_ptr<float>(),
                        context != nullptr ? context->data_ptr<float>() : nullptr);
  } else {
    pull_back_as<double>(tape, gradient.const_data_ptr<double>(), out.data_ptr<double>(),
                         context != nullptr ? context->data_ptr<double>() : nullptr);
  }
}

template <class T>
void Picnn::pull_back_as(const PicnnTape& tape, const T* gradient, T* out, T* context_out) const {
  namespace detail = picnn_context_detail;
  const T* flat = flat_.const_data_ptr<T>();
  const auto at = [&](std::size_t slot) { return flat + slots_[slot].first; };
  const auto to = [&](std::size_t slot) { return out + slots_[slot].first; };
  const Index d = shape_.cell;
  const auto widest =
      static_cast<std::size_t>(std::max({shape_.cell, shape_.context, settings_.context_width,
                                         *std::max_element(layout_.hidden.begin(), layout_.hidden.end())}));
  std::vector<T> natural(static_cast<std::size_t>(d) * widest);
  std::vector<T> adjoint(widest);  // of scale, gate and the context layer in turn
  std::vector<T> above(widest);    // du_{l+1}
  std::vector<T> below(widest);    // du_l
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const auto& layer = layers_[l];
    const bool last = l == layout_.layers();
    const Index width = last ? 1 : settings_.hidden[l];
    const Index context = context_columns(l);
    const T* u = tape.u[l].const_data_ptr<T>();
    std::fill(below.begin(), below.end(), T(0));

    const T* a = gradient + layout_.bias + layout_.hidden_columns;  // the output's kernel is part of q
    if (!last) {
      rows::transpose(d, width, gradient + layout_.column[l], layout_.stride, natural.data(), d);
      a = natural.data();
    }
    const T* scale = tape.scale[l].const_data_ptr<T>();
    std::fill_n(adjoint.begin(), d, T(0));
    const T* kernel = at(layer.kernel);
    for (Index h = 0; h < width; ++h) {
      for (Index j = 0; j < d; ++j) {
        to(layer.kernel)[h * d + j] = a[h * d + j] * scale[j];
        adjoint[static_cast<std::size_t>(j)] += a[h * d + j] * kernel[h * d + j];
      }
    }
    detail::outer(d, context, adjoint.data(), u, to(layer.scale));
    detail::add_transposed(d, context, at(layer.scale), adjoint.data(), below.data());

    const T* bias = last ? gradient + layout_.offset : gradient + layout_.bias + layout_.column[l];
    std::copy_n(bias, width, to(layer.bias));
    detail::outer(width, context, bias, u, to(layer.shift));
    detail::add_transposed(width, context, at(layer.shift), bias, below.data());

    if (l > 0) {
      const Index previous = settings_.hidden[l - 1];
      const T* w = gradient + (last ? layout_.output : layout_.kernel[l]);
      const T* gate = tape.gate[l].const_data_ptr<T>();
      const T* share = tape.share[l].const_data_ptr<T>();
      const T* convex = at(layer.convex);
      T* convex_out = to(layer.convex);
      const auto positivity = positivity_of(l);
      std::fill_n(adjoint.begin(), previous, T(0));
      for (Index i = 0; i < width; ++i) {
        const T* row = w + i * layout_.padded[l - 1];
        for (Index h = 0; h < previous; ++h) {
          const T v = convex[i * previous + h];
          convex_out[i * previous + h] = row[h] * gate[h] * detail::positive_slope(positivity, v);
          adjoint[static_cast<std::size_t>(h)] += row[h] * detail::positive(positivity, v);
        }
      }
      if (positivity == Positivity::kPenalty) {
        detail::add_penalty(width * previous, convex, settings_.penalty, convex_out);
      }
      for (Index h = 0; h < previous; ++h) adjoint[static_cast<std::size_t>(h)] *= share[h];
      detail::outer(previous, context, adjoint.data(), u, to(layer.gate));
      detail::add_transposed(previous, context, at(layer.gate), adjoint.data(), below.data());
    }
    if (!last) {
      const Index next = settings_.context_width;
      const T* slope = tape.slope[l + 1].const_data_ptr<T>();
      for (Index h = 0; h < next; ++h)
        adjoint[static_cast<std::size_t>(h)] = above[static_cast<std::size_t>(h)] * slope[h];
      std::copy_n(adjoint.data(), next, to(layer.context_bias));
      detail::outer(next, context, adjoint.data(), u, to(layer.context_kernel));
      detail::add_transposed(next, context, at(layer.context_kernel), adjoint.data(), below.data());
    }
    above.swap(below);
  }
  if (context_out != nullptr) std::copy_n(above.data(), shape_.context, context_out);
  if (trainable_.numel() == flat_.numel()) pull_back_quadratics<T>(tape, gradient, out);
}

}  // namespace brenier::models
