#include "models/nn/dense_passes.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/nn/dense_kernels.h"
#include "ot/passes/parallel.h"

namespace brenier::models {
namespace dense_passes_detail {

using dense::Index;

constexpr Index kRowBlock = 128;  // of inference, where rows are worked on apart

template <class T>
T* data(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.data_ptr<T>() : nullptr;
}

template <class T>
T* shifted(T* values, Index by) {
  return values == nullptr ? nullptr : values + by;
}

// A tensor of this shape: the one that is there, when it fits.
void keep_or_make(at::Tensor& tensor, at::IntArrayRef shape, at::ScalarType dtype) {
  if (!tensor.defined() || tensor.sizes() != shape || tensor.scalar_type() != dtype) {
    tensor = at::empty(shape, dtype);
  }
}

// work(first column, number of columns) for blocks of columns, side by side.
template <class Work>
void each_block(Index columns, const Work& work) {
  ot::parallel_blocks((columns + dense::kBlockColumns - 1) / dense::kBlockColumns, [&](Index k) {
    const Index first = k * dense::kBlockColumns;
    work(first, std::min(dense::kBlockColumns, columns - first));
  });
}

// Columns [first, first + count) of C = A B + bias, all of them matrices without gaps.
template <class T>
void product(const T* a, const T* b, const T* bias, T* c, Index rows, Index depth, Index columns, Index first,
             Index count) {
  dense::multiply<T>({.a = a,
                      .a_row = depth,
                      .a_column = 1,
                      .b = b + first,
                      .b_row = columns,
                      .b_column = 1,
                      .c = c + first,
                      .c_row = columns,
                      .rows = rows,
                      .columns = count,
                      .depth = depth,
                      .bias = shifted(bias, first)});
}

// The same of C = A B' with B [columns, depth].
template <class T>
void product_transposed(const T* a, const T* b, T* c, Index rows, Index depth, Index columns, Index first,
                        Index count) {
  dense::multiply<T>({.a = a,
                      .a_row = depth,
                      .a_column = 1,
                      .b = b + first * depth,
                      .b_row = 1,
                      .b_column = depth,
                      .c = c + first,
                      .c_row = columns,
                      .rows = rows,
                      .columns = count,
                      .depth = depth});
}

// The same of the gradient of a kernel, C = A' B with A [batch, rows], B [batch, columns].
template <class T>
void outer_product(const T* a, const T* b, T* c, Index batch, Index rows, Index columns, Index first, Index count) {
  dense::multiply<T>({.a = a,
                      .a_row = 1,
                      .a_column = rows,
                      .b = b + first,
                      .b_row = columns,
                      .b_column = 1,
                      .c = c + first,
                      .c_row = columns,
                      .rows = rows,
                      .columns = count,
                      .depth = batch});
}

// The tape's buffers for this input.
void prepare(const DenseWeights& w, const at::Tensor& x, DenseTape& tape, bool training) {
  const auto rows = x.size(0);
  tape.input = x;
  tape.statistics = training && w.settings.batch_norm;
  tape.layers.resize(w.layers.size());
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    auto& saved = tape.layers[l];
    const auto width = w.layers[l].kernel.size(1);
    keep_or_make(saved.normed, {rows, width}, w.dtype);
    keep_or_make(saved.output, {rows, width}, w.dtype);
    if (w.settings.batch_norm) keep_or_make(saved.moments, {3, width}, w.dtype);
    keep_or_make(saved.keep, {training && w.settings.dropout > 0.0 ? rows : 0, width}, w.dtype);
  }
  keep_or_make(tape.output, {rows, w.out}, w.dtype);
}

template <class T>
dense::Columns<T> columns(const DenseWeights& w, const DenseTape& tape, std::size_t l, Index first, Index count) {
  const auto& saved = tape.layers[l];
  const auto& layer = w.layers[l];
  const auto width = layer.kernel.size(1);
  T* moments = data<T>(saved.moments);
  if (moments != nullptr) moments += first;
  return {.rows = tape.input.size(0),
          .columns = count,
          .stride = width,
          .normed = data<T>(saved.normed) + first,
          .keep = saved.keep.size(0) > 0 ? data<T>(saved.keep) + first : nullptr,
          .scale = layer.scale.defined() ? data<T>(layer.scale) + first : nullptr,
          .shift = data<T>(layer.shift) + first,
          .mean = moments,
          .variance = moments == nullptr ? nullptr : moments + width,
          .inverse = moments == nullptr ? nullptr : moments + 2 * width,
          .statistics = tape.statistics,
          .epsilon = static_cast<T>(w.settings.norm_epsilon),
          .leak = static_cast<T>(w.settings.leak)};
}

template <class T>
void forward(const DenseWeights& w, DenseTape& tape) {
  const auto rows = tape.input.size(0);
  const T* below = data<T>(tape.input);
  auto from = w.in;
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    const auto& layer = w.layers[l];
    const auto to = layer.kernel.size(1);
    const T* bias = layer.scale.defined() ? nullptr : data<T>(layer.shift);
    T* output = data<T>(tape.layers[l].output);
    each_block(to, [&](Index first, Index count) {
      product<T>(below, data<T>(layer.kernel), bias, data<T>(tape.layers[l].normed), rows, from, to, first, count);
      dense::activate_columns<T>(columns<T>(w, tape, l, first, count), output + first);
    });
    below = output;
    from = to;
  }
  each_block(w.out, [&](Index first, Index count) {
    product<T>(below, data<T>(w.kernel), data<T>(w.bias), data<T>(tape.output), rows, from, w.out, first, count);
  });
}

void prepare_backward(const DenseWeights& w, DenseTape& tape, bool parameters, bool input) {
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    auto& saved = tape.layers[l];
    keep_or_make(saved.gradient, saved.output.sizes(), w.dtype);
    if (!parameters) continue;
    keep_or_make(saved.d_kernel, w.layers[l].kernel.sizes(), w.dtype);
    keep_or_make(saved.d_shift, w.layers[l].shift.sizes(), w.dtype);
    if (w.settings.batch_norm) keep_or_make(saved.d_scale, w.layers[l].shift.sizes(), w.dtype);
  }
  if (parameters) {
    keep_or_make(tape.d_kernel, w.kernel.sizes(), w.dtype);
    keep_or_make(tape.d_bias, w.bias.sizes(), w.dtype);
  }
  if (input) keep_or_make(tape.d_input, tape.input.sizes(), w.dtype);
}

// One region of work a layer: a block of columns of d h comes from all of d y above; what follows needs this block
// only.
template <class T>
void reverse(const DenseWeights& w, DenseTape& tape, const at::Tensor& gradient, bool parameters, bool input) {
  const auto rows = tape.input.size(0);
  const T* above = data<T>(gradient);
  const T* kernel = data<T>(w.kernel);
  auto width = w.out;
  const auto entering = [&](std::size_t l) { return l == 0 ? tape.input : tape.layers[l - 1].output; };
  if (parameters) {
    const auto& last = entering(w.layers.size());
    each_block(w.out, [&](Index first, Index count) {
      outer_product<T>(data<T>(last), above, data<T>(tape.d_kernel), rows, last.size(1), w.out, first, count);
      dense::column_sums<T>(rows, count, w.out, above + first, data<T>(tape.d_bias) + first);
    });
  }
  for (std::size_t l = w.layers.size(); l-- > 0;) {
    if (l == 0 && !parameters && !input) break;
    auto& saved = tape.layers[l];
    const auto to = w.layers[l].kernel.size(1);
    const auto& below = entering(l);
    T* current = data<T>(saved.gradient);
    T* d_scale = parameters && w.layers[l].scale.defined() ? data<T>(saved.d_scale) : nullptr;
    T* d_shift = parameters ? data<T>(saved.d_shift) : nullptr;
    each_block(to, [&](Index first, Index count) {
      product_transposed<T>(above, kernel, current, rows, width, to, first, count);
      dense::activate_columns_backward<T>(columns<T>(w, tape, l, first, count), current + first,
                                          shifted(d_scale, first), shifted(d_shift, first));
      if (parameters) {
        outer_product<T>(data<T>(below), current, data<T>(saved.d_kernel), rows, below.size(1), to, first, count);
      }
    });
    above = current;
    kernel = data<T>(w.layers[l].kernel);
    width = to;
  }
  if (!input) return;
  each_block(w.in, [&](Index first, Index count) {
    product_transposed<T>(above, kernel, data<T>(tape.d_input), rows, width, w.in, first, count);
  });
}

// Sixteen bits of the stream an entry.
template <class T>
void draw(const DenseWeights& w, DenseTape& tape, RandomStream& dropout) {
  if (w.settings.dropout == 0.0) return;
  const auto dropped = std::min(65535U, static_cast<std::uint32_t>(std::lround(w.settings.dropout * 65536.0)));
  const T kept = static_cast<T>(65536.0 / static_cast<double>(65536 - dropped));
  for (auto& saved : tape.layers) {
    const auto count = saved.keep.numel();
    tape.bits.resize(static_cast<std::size_t>((count + 3) / 4));
    for (auto& word : tape.bits) word = dropout.next();
    tape.halves.resize(4 * tape.bits.size());
    std::memcpy(tape.halves.data(), tape.bits.data(), 8 * tape.bits.size());
    dense::dropout_factors<T>(count, tape.halves.data(), dropped, kept, saved.keep.data_ptr<T>());
  }
}

// The running statistics as those of this pass.
template <class T>
void fix_moments(const DenseWeights& w, DenseTape& tape) {
  if (!w.settings.batch_norm) return;
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    const auto width = w.layers[l].kernel.size(1);
    const T* mean = w.layers[l].mean.template data_ptr<T>();
    const T* variance = w.layers[l].variance.template data_ptr<T>();
    T* moments = tape.layers[l].moments.template data_ptr<T>();
    for (Index j = 0; j < width; ++j) {
      moments[j] = mean[j];
      moments[width + j] = variance[j];
      moments[2 * width + j] = T(1) / std::sqrt(variance[j] + static_cast<T>(w.settings.norm_epsilon));
    }
  }
}

template <class T>
void move_statistics(DenseWeights& w, const DenseTape& tape) {
  if (!w.settings.batch_norm) return;
  const auto rows = static_cast<T>(tape.input.size(0));
  const auto weight = static_cast<T>(w.settings.momentum);
  const T unbiased = rows / (rows - T(1));
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    const auto width = w.layers[l].kernel.size(1);
    const T* moments = tape.layers[l].moments.template data_ptr<T>();
    T* mean = w.layers[l].mean.template data_ptr<T>();
    T* variance = w.layers[l].variance.template data_ptr<T>();
    for (Index j = 0; j < width; ++j) {
      mean[j] += weight * (moments[j] - mean[j]);
      variance[j] += weight * (unbiased * moments[width + j] - variance[j]);
    }
  }
}

// Blocks of rows, each through all layers.
template <class T>
void infer(const DenseWeights& w, const at::Tensor& x, const at::Tensor& out) {
  Index widest = 0;
  for (const auto& layer : w.layers) widest = std::max(widest, layer.kernel.size(1));
  DenseTape constants;
  constants.layers.resize(w.layers.size());
  for (std::size_t l = 0; l < w.layers.size(); ++l) {
    constants.layers[l].moments = at::empty({3, w.layers[l].kernel.size(1)}, w.dtype);
  }
  fix_moments<T>(w, constants);
  const auto rows = x.size(0);
  const T* values = data<T>(x);
  T* results = data<T>(out);
  ot::parallel_blocks((rows + kRowBlock - 1) / kRowBlock, [&](Index block) {
    const auto start = block * kRowBlock;
    const auto size = std::min(kRowBlock, rows - start);
    std::vector<T> room[2];
    for (auto& part : room) part.resize(static_cast<std::size_t>(size * widest));
    const T* below = values + start * w.in;
    auto from = w.in;
    for (std::size_t l = 0; l < w.layers.size(); ++l) {
      const auto& layer = w.layers[l];
      const auto to = layer.kernel.size(1);
      T* current = room[l % 2].data();
      const bool norm = layer.scale.defined();
      product<T>(below, data<T>(layer.kernel), norm ? nullptr : data<T>(layer.shift), current, size, from, to, 0, to);
      T* moments = data<T>(constants.layers[l].moments);
      dense::activate_columns<T>({.rows = size,
                                  .columns = to,
                                  .stride = to,
                                  .normed = current,
                                  .keep = nullptr,
                                  .scale = norm ? data<T>(layer.scale) : nullptr,
                                  .shift = data<T>(layer.shift),
                                  .mean = moments,
                                  .variance = nullptr,
                                  .inverse = norm ? moments + 2 * to : nullptr,
                                  .statistics = false,
                                  .epsilon = T(0),
                                  .leak = static_cast<T>(w.settings.leak)},
                                 current);
      below = current;
      from = to;
    }
    product<T>(below, data<T>(w.kernel), data<T>(w.bias), results + start * w.out, size, from, w.out, 0, w.out);
  });
}

}  // namespace dense_passes_detail

void dense_forward(const DenseWeights& weights, const at::Tensor& x, DenseTape& tape, RandomStream* dropout) {
  namespace own = dense_passes_detail;
  own::prepare(weights, x, tape, dropout != nullptr);
  const auto run = [&]<class T>(T) {
    if (dropout != nullptr) {
      own::draw<T>(weights, tape, *dropout);
    } else {
      own::fix_moments<T>(weights, tape);
    }
    own::forward<T>(weights, tape);
  };
  weights.dtype == at::kDouble ? run(double{}) : run(float{});
}

void dense_move_statistics(DenseWeights& weights, const DenseTape& tape) {
  if (weights.dtype == at::kDouble) {
    dense_passes_detail::move_statistics<double>(weights, tape);
  } else {
    dense_passes_detail::move_statistics<float>(weights, tape);
  }
}

void dense_backward(const DenseWeights& weights, DenseTape& tape, const at::Tensor& gradient, bool parameters,
                    bool input) {
  namespace own = dense_passes_detail;
  own::prepare_backward(weights, tape, parameters, input);
  if (weights.dtype == at::kDouble) {
    own::reverse<double>(weights, tape, gradient, parameters, input);
  } else {
    own::reverse<float>(weights, tape, gradient, parameters, input);
  }
}

void dense_infer(const DenseWeights& weights, const at::Tensor& x, const at::Tensor& out) {
  if (weights.dtype == at::kDouble) {
    dense_passes_detail::infer<double>(weights, x, out);
  } else {
    dense_passes_detail::infer<float>(weights, x, out);
  }
}

}  // namespace brenier::models
