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

std::int64_t step_of(const at::Tensor& cells) {
  return std::max<std::int64_t>(1, (cells.size(0) + kDrawnCells - 1) / kDrawnCells);
}

at::Tensor some(const at::Tensor& cells) {
  return cells.slice(0, 0, cells.size(0), step_of(cells)).to(at::kCPU, at::kDouble);
}

std::vector<double> column(const at::Tensor& points, std::int64_t index) {
  const at::Tensor values = points.select(1, index).contiguous();
  return {values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel()};
}

constexpr const char* kSpec = R"json({
  "description": "Control, predicted and true cells in two principal components",
  "width": "container", "height": 320, "autosize": {"type": "fit-x", "contains": "padding"},
  "params": [{"name": "chosen", "value": []},
             {"name": "view", "select": {"type": "interval", "zoom": "wheel![event.ctrlKey || event.metaKey]"},
              "bind": "scales"}],
  "data": {"values": []},
  "mark": {"type": "circle", "size": 22, "clip": true},
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "title": "component 1", "scale": {"nice": false, "zero": false}},
    "y": {"field": "y", "type": "quantitative", "title": "component 2", "scale": {"nice": false, "zero": false}},
    "color": {"field": "population", "type": "nominal",
              "scale": {"domain": ["control", "predicted", "true"],
                        "range": ["var(--identity)", "var(--model)", "var(--true)"]}},
    "opacity": {"condition": {"test": "!length(chosen) || indexof(chosen, datum.population) >= 0", "value": 0.65},
                "value": 0.05},
    "tooltip": [{"field": "population", "type": "nominal", "title": "cells"},
                {"field": "cell", "type": "quantitative", "title": "number"},
                {"field": "x", "type": "quantitative", "title": "component 1", "format": ".3~g"},
                {"field": "y", "type": "quantitative", "title": "component 2", "format": ".3~g"}]
  }
})json";

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

Figure cell_chart(const at::Tensor& control, const at::Tensor& predicted, const at::Tensor& truth) {
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
  auto spec = nlohmann::ordered_json::parse(cell_chart_detail::kSpec);
  spec["encoding"]["x"]["scale"]["domain"] = {x.low(), x.high()};
  spec["encoding"]["y"]["scale"]["domain"] = {y.low(), y.high()};
  const at::Tensor* const all[] = {&control, &predicted, &truth};
  const char* const names[] = {"control", "predicted", "true"};
  const char* const styles[] = {"cell cell-control", "cell cell-predicted", "cell cell-true"};
  for (const int k : {0, 2, 1}) {
    std::vector<double> px;
    std::vector<double> py;
    for (std::size_t i = 0; i < xs[k].size(); ++i) {
      px.push_back(x(xs[k][i]));
      py.push_back(y(ys[k][i]));
      spec["data"]["values"].push_back({{"x", chart_number(xs[k][i])},
                                        {"y", chart_number(ys[k][i])},
                                        {"population", names[k]},
                                        {"cell", static_cast<std::int64_t>(i) * cell_chart_detail::step_of(*all[k])}});
    }
    svg.dots(px, py, styles[k]);
  }
  return {svg.markup(), {std::move(spec)}};
}

}  // namespace brenier::train
