#include "models/nn/icnn.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "models/nn/potential_sweep.h"
#include "models/nn/row_kernels.h"
#include "ot/passes/parallel.h"

namespace brenier::models {
namespace icnn_detail {

std::int64_t copies_size(const PotentialLayout& layout) {
  auto size = layout.hidden_columns * layout.cell_padded;
  for (std::size_t l = 1; l < layout.layers(); ++l) size += layout.hidden[l - 1] * layout.padded[l];
  return size;
}

template <class T>
void complete(const PotentialLayout& layout, const T* weights, T* copies) {
  rows::transpose(layout.cell, layout.hidden_columns, weights, layout.stride, copies, layout.cell_padded);
  T* forward = copies + layout.hidden_columns * layout.cell_padded;
  for (std::size_t l = 1; l < layout.layers(); ++l) {
    rows::transpose(layout.hidden[l], layout.hidden[l - 1], weights + layout.kernel[l], layout.padded[l - 1], forward,
                    layout.padded[l]);
    forward += layout.hidden[l - 1] * layout.padded[l];
  }
}

// Calls work(sweep, first row, rows) for blocks of rows, on all threads.
template <class T, class Work>
void for_blocks(const Potential& potential, const at::Tensor& x, const Work& work) {
  constexpr auto kRows = PotentialSweep<T>::kBlockRows;
  constexpr std::int64_t kBlocks = 16;  // that share the memory of one sweep
  const auto count = x.size(0);
  const auto view = potential.view<T>();
  const T* points = x.const_data_ptr<T>();
  ot::parallel_blocks((count + kRows * kBlocks - 1) / (kRows * kBlocks), [&](std::int64_t part) {
    PotentialSweep<T> sweep(potential.layout());
    const auto end = std::min(count, (part + 1) * kRows * kBlocks);
    for (auto first = part * kRows * kBlocks; first < end; first += kRows) {
      const auto rows = std::min(kRows, end - first);
      sweep.load(view, points + first * x.size(1), x.size(1), rows);
      work(sweep, first, rows);
    }
  });
}

template <class T>
void values(const Potential& potential, const at::Tensor& x, at::Tensor& out) {
  T* to = out.data_ptr<T>();
  for_blocks<T>(potential, x, [&](const PotentialSweep<T>& sweep, std::int64_t first, std::int64_t rows) {
    for (std::int64_t i = 0; i < rows; ++i) to[first + i] = static_cast<T>(sweep.value(i));
  });
}

template <class T>
void maps(const Potential& potential, const at::Tensor& x, at::Tensor& out) {
  const auto width = x.size(1);
  T* to = out.data_ptr<T>();
  for_blocks<T>(potential, x, [&](PotentialSweep<T>& sweep, std::int64_t first, std::int64_t rows) {
    sweep.reverse(nullptr);
    const T* map = sweep.map();
    for (std::int64_t i = 0; i < rows; ++i) {
      std::copy_n(map + i * sweep.row_stride(), width, to + (first + i) * width);
    }
  });
}

}  // namespace icnn_detail

template <class T>
const T* PotentialView<T>::kernel_forward(std::size_t l) const {
  const T* at = forward;
  for (std::size_t k = 1; k < l; ++k) at += layout->hidden[k - 1] * layout->padded[k];
  return at;
}

Potential::Potential(PotentialLayout layout, Activation activation, at::ScalarType dtype)
    : layout_(std::move(layout)),
      activation_(activation),
      weights_(at::zeros({layout_.size}, dtype)),
      copies_(at::zeros({icnn_detail::copies_size(layout_)}, dtype)) {}

void Potential::complete() {
  if (dtype() == at::kFloat) {
    icnn_detail::complete(layout_, weights_.const_data_ptr<float>(), copies_.data_ptr<float>());
  } else {
    icnn_detail::complete(layout_, weights_.const_data_ptr<double>(), copies_.data_ptr<double>());
  }
}

template <class T>
PotentialView<T> Potential::view() const {
  const T* copies = copies_.const_data_ptr<T>();
  return {.layout = &layout_,
          .activation = activation_,
          .weights = weights_.const_data_ptr<T>(),
          .outward = copies,
          .forward = copies + layout_.hidden_columns * layout_.cell_padded};
}

at::Tensor Potential::value(const at::Tensor& x) const {
  const auto points = checked_points(x, layout_.cell, dtype());
  auto out = at::empty({points.size(0)}, dtype());
  if (dtype() == at::kFloat) {
    icnn_detail::values<float>(*this, points, out);
  } else {
    icnn_detail::values<double>(*this, points, out);
  }
  return out;
}

at::Tensor Potential::map(const at::Tensor& x) const {
  const auto points = checked_points(x, layout_.cell, dtype());
  auto out = at::empty_like(points);
  if (dtype() == at::kFloat) {
    icnn_detail::maps<float>(*this, points, out);
  } else {
    icnn_detail::maps<double>(*this, points, out);
  }
  return out;
}

at::Tensor checked_points(const at::Tensor& x, std::int64_t width, at::ScalarType dtype) {
  if (x.dim() != 2 || x.size(1) != width || x.scalar_type() != dtype || !x.device().is_cpu()) {
    std::string found = std::string(c10::toString(x.scalar_type())) + " [";
    for (std::int64_t i = 0; i < x.dim(); ++i) found += (i > 0 ? ", " : "") + std::to_string(x.size(i));
    throw Error(ErrorKind::kDefect, "points that do not fit the potential")
        .found(found + "] on " + x.device().str())
        .expected(std::string(c10::toString(dtype)) + " [B, " + std::to_string(width) + "] on the CPU");
  }
  return x.contiguous();
}

template struct PotentialView<float>;
template struct PotentialView<double>;
template PotentialView<float> Potential::view<float>() const;
template PotentialView<double> Potential::view<double>() const;

}  // namespace brenier::models
