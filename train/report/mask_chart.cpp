#include "train/report/mask_chart.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/shape.h"
#include "train/evaluation/presentation.h"
#include "train/report/html.h"
#include "train/report/leaf_order.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace mask_chart_detail {

constexpr double kWidth = 400;
constexpr double kLabels = 96;
constexpr double kTop = 30;  // the names of the latents, in two lines
constexpr int kSteps = 8;
constexpr double kBlank = 0.01;

// The `most` rows of largest norm in the order of their tree.
std::vector<std::int64_t> ordered(const at::Tensor& rows, std::int64_t most) {
  auto picked = std::vector<std::int64_t>(static_cast<std::size_t>(rows.size(0)));
  std::iota(picked.begin(), picked.end(), 0);
  if (std::ssize(picked) > most) {
    const auto sizes = rows.square().sum(1).contiguous();
    const double* size = sizes.const_data_ptr<double>();
    std::stable_sort(picked.begin(), picked.end(), [&](auto a, auto b) { return size[a] > size[b]; });
    picked.resize(static_cast<std::size_t>(most));
    std::sort(picked.begin(), picked.end());
  }
  std::vector<std::int64_t> out;
  for (const auto leaf : average_linkage_order(rows.index_select(0, at::tensor(picked, at::kLong)))) {
    out.push_back(picked[static_cast<std::size_t>(leaf)]);
  }
  return out;
}

struct Cell {
  std::size_t row, column;  // places in the drawing
  double value, shift, mask;
  double strength;  // in (0, 1]
};

struct Picture {
  std::vector<std::string> rows, columns;  // names, as they stand
  std::vector<Cell> cells;                 // those that are not blank
};

Picture picture_of(const models::Mechanisms& mechanisms, const at::Tensor& values, double largest) {
  const auto rows = ordered(values, kMaskRows);
  const auto columns = ordered(values.t().contiguous(), kMaskColumns);
  const auto shifts = mechanisms.shifts.to(at::kCPU, at::kDouble).contiguous();
  const auto masks =
      mechanisms.masks.defined() ? mechanisms.masks.to(at::kCPU, at::kDouble).contiguous() : at::ones_like(shifts);
  const std::int64_t width = values.size(1);
  Picture picture;
  for (const auto action : rows) picture.rows.push_back(mechanisms.actions[static_cast<std::size_t>(action)]);
  for (const auto latent : columns) picture.columns.push_back(latent_name(latent));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      const auto at = rows[i] * width + columns[j];
      const double value = values.const_data_ptr<double>()[at];
      const double strength = std::abs(value) / largest;
      if (strength < kBlank) continue;
      picture.cells.push_back(
          {i, j, value, shifts.const_data_ptr<double>()[at], masks.const_data_ptr<double>()[at], strength});
    }
  }
  return picture;
}

double row_height(std::size_t rows) { return rows <= 60 ? 16.0 : 11.5; }

Svg still(const Picture& picture) {
  const double height = row_height(picture.rows.size());
  const PlotArea area{kLabels, kTop, kWidth - 6, kTop + height * static_cast<double>(picture.rows.size())};
  const double width = (area.right - area.left) / static_cast<double>(picture.columns.size());
  Svg svg(kWidth, area.bottom + 6,
          "Shifts of " + std::to_string(picture.columns.size()) + " latents by " + std::to_string(picture.rows.size()) +
              " actions");
  svg.rect(area.left, area.top, area.right - area.left, area.bottom - area.top, "heat-ground");
  for (std::size_t j = 0; j < picture.columns.size(); ++j) {
    const double x = area.left + width * (static_cast<double>(j) + 0.5);
    const bool narrow = width < 20;
    svg.text(x, area.top - (narrow && j % 2 == 1 ? 17 : 5), picture.columns[j], "tick middle");
  }
  for (std::size_t i = 0; i < picture.rows.size(); ++i) {
    svg.text(area.left - 5, area.top + height * (static_cast<double>(i) + 0.5) + 3.5, shortened(picture.rows[i], 15),
             "tick end");
  }
  // One path a colour and step.
  std::array<std::array<std::string, kSteps>, 2> paths;
  for (const Cell& cell : picture.cells) {
    const int step = std::clamp(static_cast<int>(std::lround(cell.strength * kSteps)), 1, kSteps);
    const double x = area.left + width * static_cast<double>(cell.column) + 0.03 * width;
    const double y = area.top + height * static_cast<double>(cell.row) + 0.03 * height;
    paths[cell.value < 0.0 ? 1 : 0][static_cast<std::size_t>(step - 1)] +=
        "M" + svg_number(x) + " " + svg_number(y) + "h" + svg_number(0.94 * width) + "v" + svg_number(0.94 * height) +
        "h" + svg_number(-0.94 * width) + "z";
  }
  for (std::size_t way = 0; way < 2; ++way) {
    for (std::size_t step = 0; step < kSteps; ++step) {
      if (paths[way][step].empty()) continue;
      svg.path(paths[way][step], (way == 0 ? "heat-up heat" : "heat-down heat") + std::to_string(step + 1));
    }
  }
  return svg;
}

constexpr const char* kSpec = R"json({
  "description": "Shift of each latent by each action",
  "width": "container", "height": 100, "autosize": {"type": "fit-x", "contains": "padding"},
  "view": {"fill": "var(--grid)", "fillOpacity": 0.55},
  "params": [{"name": "chosen", "value": []}],
  "data": {"values": []},
  "transform": [{"calculate": "rows[datum.row]", "as": "action"}, {"calculate": "columns[datum.column]", "as": "latent"}],
  "mark": {"type": "rect"},
  "encoding": {
    "x": {"field": "column", "type": "ordinal", "title": null, "scale": {"domain": [], "paddingInner": 0.06},
          "axis": {"orient": "top", "labelExpr": "columns[datum.value]", "labelAngle": 0, "domain": false,
                   "labelPadding": 3, "labelOverlap": false}},
    "y": {"field": "row", "type": "ordinal", "title": null, "scale": {"domain": [], "paddingInner": 0.06},
          "axis": {"labelExpr": "truncate(rows[datum.value], 15)", "domain": false, "labelPadding": 4, "labelFontSize": 10.5,
                   "labelOverlap": false}},
    "color": {"field": "way", "type": "nominal",
              "scale": {"domain": ["raised", "lowered"], "range": ["var(--up)", "var(--down)"]}},
    "fillOpacity": {"field": "strength", "type": "quantitative", "scale": null},
    "opacity": {"condition": {"test": "!length(chosen) || indexof(chosen, datum.way) >= 0", "value": 1}, "value": 0.05},
    "tooltip": []
  }
})json";

nlohmann::ordered_json spec_of(const Picture& picture, bool masked) {
  auto spec = nlohmann::ordered_json::parse(kSpec);
  spec["height"] = row_height(picture.rows.size()) * static_cast<double>(picture.rows.size());
  spec["params"].push_back({{"name", "rows"}, {"value", picture.rows}});
  spec["params"].push_back({{"name", "columns"}, {"value", picture.columns}});
  auto& encoding = spec["encoding"];
  for (std::size_t i = 0; i < picture.rows.size(); ++i) encoding["y"]["scale"]["domain"].push_back(i);
  for (std::size_t j = 0; j < picture.columns.size(); ++j) encoding["x"]["scale"]["domain"].push_back(j);
  if (picture.columns.size() > 14) {
    encoding["x"]["axis"]["labelAngle"] = -90;
    encoding["x"]["axis"]["labelFontSize"] = picture.columns.size() > 28 ? 8 : 10;
  }
  for (const Cell& cell : picture.cells) {
    spec["data"]["values"].push_back({{"row", cell.row},
                                      {"column", cell.column},
                                      {"way", cell.value < 0.0 ? "lowered" : "raised"},
                                      {"strength", chart_number(cell.strength)},
                                      {"value", signed_text(cell.value)}});
    if (!masked) continue;
    spec["data"]["values"].back()["shift"] = signed_text(cell.shift);
    spec["data"]["values"].back()["mask"] = score_text(cell.mask);
  }
  auto& tooltip = encoding["tooltip"];
  tooltip = {tooltip_line("action", "action"), tooltip_line("latent", "latent"), tooltip_line("value", "shift")};
  if (masked) {
    tooltip.push_back(tooltip_line("shift", "without mask"));
    tooltip.push_back(tooltip_line("mask", "mask"));
  }
  return spec;
}

}  // namespace mask_chart_detail

void check_mechanisms(const models::Mechanisms& mechanisms) {
  ShapeLetters letters({{"A", std::ssize(mechanisms.actions)}});
  const auto check = [&](const at::Tensor& tensor, const std::string& name, const std::string& pattern) {
    if (!tensor.defined()) return;
    letters.check(tensor, name, pattern);
    check_floating(tensor, name);
    check_finite(tensor, name);
  };
  check(mechanisms.shifts, "the shifts of the mechanisms", "[A, L]");
  check(mechanisms.masks, "the masks of the mechanisms", "[A, L]");
  check(mechanisms.gene_effects, "the gene effects of the mechanisms", "[L, G]");
}

at::Tensor masked_shifts(const models::Mechanisms& mechanisms) {
  if (!mechanisms.shifts.defined()) return {};
  auto values = mechanisms.shifts.to(at::kCPU, at::kDouble);
  if (mechanisms.masks.defined()) values = values * mechanisms.masks.to(at::kCPU, at::kDouble);
  return values.contiguous();
}

std::string latent_name(std::int64_t latent) { return "z" + std::to_string(latent + 1); }

Figure mask_chart(const models::Mechanisms& mechanisms) {
  check_mechanisms(mechanisms);
  const auto values = masked_shifts(mechanisms);
  if (!values.defined() || values.numel() == 0) return {};
  const double largest = values.abs().max().item<double>();
  if (largest == 0.0) return {};
  const auto picture = mask_chart_detail::picture_of(mechanisms, values, largest);
  return {mask_chart_detail::still(picture).markup(),
          {mask_chart_detail::spec_of(picture, mechanisms.masks.defined())}};
}

}  // namespace brenier::train
