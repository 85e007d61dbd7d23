#include "train/metric/pairwise.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {
namespace pairwise_detail {

constexpr double kNear = 1e-10;           // relative to |x|^2 + |y|^2
constexpr std::int64_t kChunk = 1 << 18;  // values in one piece of the repeated differences

}  // namespace pairwise_detail

CentredCells centre_cells(const at::Tensor& cells, const at::Tensor& centre) {
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(cells, "cells", "[N, G]");
  letters.check(centre, "centre", "[G]");
  const at::Tensor shifted = cells - centre;  // float64 by the centre
  return {shifted, at::linalg_vector_norm(shifted, 2, at::IntArrayRef{1}).square()};
}

at::Tensor squared_distances(const CentredCells& x, const CentredCells& y) {
  ShapeLetters letters({}, ErrorKind::kDefect);
  letters.check(x.cells, "x", "[N, G]");
  letters.check(y.cells, "y", "[M, G]");
  const at::Tensor scale = x.squared_norm.unsqueeze(1) + y.squared_norm.unsqueeze(0);
  at::Tensor distances = at::addmm(scale, x.cells, y.cells.t(), 1.0, -2.0);
  const at::Tensor near = (distances <= pairwise_detail::kNear * scale).nonzero();  // [p, 2]
  const std::int64_t step =
      std::max<std::int64_t>(1, pairwise_detail::kChunk / std::max<std::int64_t>(1, x.cells.size(1)));
  for (std::int64_t begin = 0; begin < near.size(0); begin += step) {
    const at::Tensor part = near.narrow(0, begin, std::min(step, near.size(0) - begin));
    const at::Tensor row = part.select(1, 0);
    const at::Tensor column = part.select(1, 1);
    const at::Tensor exact = (x.cells.index_select(0, row) - y.cells.index_select(0, column)).square().sum(1);
    distances.index_put_({row, column}, exact);
  }
  return distances;
}

}  // namespace brenier::train
