#include "train/report/cell_chart.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "train/report/svg.h"

namespace brenier::train {
namespace cell_chart_detail {

constexpr double kSize = 360;
constexpr std::int64_t kCells = 300;

at::Tensor some(const at::Tensor& cells) {
  const std::int64_t step = std::max<std::int64_t>(1, (cells.size(0) + kCells - 1) / kCells);
  return cells.slice(0, 0, cells.size(0), step).to(at::kCPU, at::kDouble);
}

std::vector<double> column(const at::Tensor& points, std::int64_t index) {
  const at::Tensor values = points.select(1, index).contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

}  // namespace cell_chart_detail

Plane principal_plane(const at::Tensor& x, const at::Tensor& y) {
  at::Tensor pooled = at::cat({x, y}).to(at::kDouble);
  const at::Tensor centre = pooled.mean(0);
  pooled = pooled - centre;
  // Eigenvectors of the small Gram matrix: far fewer cells than genes.
  const auto [eigenvalues, vectors] = at::linalg_eigh(at::matmul(pooled, pooled.t()));
  at::Tensor directions = at::zeros({pooled.size(1), 2}, at::kDouble);
  const std::int64_t n = eigenvalues.size(0);
  for (std::int64_t k = 0; k < std::min<std::int64_t>(2, n); ++k) {
    const double value = eigenvalues[n - 1 - k].item<double>();
    if (value <= 1e-12 * std::max(eigenvalues[n - 1].item<double>(), 1e-300)) continue;
    at::Tensor direction = at::matmul(pooled.t(), vectors.select(1, n - 1 - k)) / std::sqrt(value);
    const auto largest = at::argmax(direction.abs()).item<std::int64_t>();
    if (direction[largest].item<double>() < 0.0) direction = -direction;
    directions.select(1, k).copy_(direction);
  }
  return {centre, directions};
}

std::string cell_chart(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth) {
  using cell_chart_detail::column;
  using cell_chart_detail::kSize;
  using cell_chart_detail::some;
  const at::Tensor populations[] = {some(control), some(predicted), some(truth)};
  const Plane plane = principal_plane(populations[0], populations[2]);
  std::vector<double> xs[3];
  std::vector<double> ys[3];
  double low[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  double high[2] = {-low[0], -low[1]};
  for (int k = 0; k < 3; ++k) {
    const at::Tensor points = at::matmul(populations[k] - plane.centre, plane.directions);
    xs[k] = column(points, 0);
    ys[k] = column(points, 1);
    for (int axis = 0; axis < 2; ++axis) {
      const auto& values = axis == 0 ? xs[k] : ys[k];
      low[axis] = std::min(low[axis], *std::min_element(values.begin(), values.end()));
      high[axis] = std::max(high[axis], *std::max_element(values.begin(), values.end()));
    }
  }
  const PlotArea area{40, 22, kSize - 10, kSize - 38};
  const double margin[2] = {0.04 * (high[0] - low[0]), 0.04 * (high[1] - low[1])};
  const Scale x(low[0] - margin[0], high[0] + margin[0], area.left, area.right);
  const Scale y(low[1] - margin[1], high[1] + margin[1], area.bottom, area.top);
  Svg svg(kSize, kSize, "Control, predicted and true cells in two principal components");
  draw_axes(svg, area, x, y, "component 1", "component 2");
  const char* const styles[] = {"cell cell-control", "cell cell-predicted", "cell cell-true"};
  for (const int k : {0, 2, 1}) {
    std::vector<double> px;
    std::vector<double> py;
    for (std::size_t i = 0; i < xs[k].size(); ++i) {
      px.push_back(x(xs[k][i]));
      py.push_back(y(ys[k][i]));
    }
    svg.dots(px, py, styles[k]);
  }
  return svg.markup();
}

}  // namespace brenier::train
