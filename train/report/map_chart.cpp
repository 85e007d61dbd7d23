#include "train/report/map_chart.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.h"
#include "train/report/context_labels.h"
#include "train/report/html.h"
#include "train/report/style.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace map_chart_detail {

constexpr std::size_t kPanels = 24;
constexpr std::size_t kColumns = 4;
constexpr double kPanel = 210;      // width and height with margins
constexpr double kTop = 26;         // the legend
constexpr double kLine = 14;        // of a title
constexpr std::size_t kTitle = 26;  // characters in a line
constexpr std::int64_t kCells = 120;
constexpr std::int64_t kArrows = 18;

struct Points {
  std::vector<double> x, y;
};

Points every(const at::Tensor& cells, std::int64_t most) {
  const std::int64_t step = std::max<std::int64_t>(1, (cells.size(0) + most - 1) / most);
  const auto some = cells.slice(0, 0, cells.size(0), step).to(at::kCPU, at::kDouble).t().contiguous();
  const double* first = some.const_data_ptr<double>();
  const auto count = some.size(1);
  return {{first, first + count}, {first + count, first + 2 * count}};
}

// Low and high of one feature over all that is drawn, with a margin.
std::pair<double, double> range_of(const std::vector<ReportContext>& contexts, std::int64_t feature) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const auto& one : contexts) {
    for (const auto& cells : {one.control, one.predicted, one.truth}) {
      const auto column = cells.select(1, feature).to(at::kDouble);
      // A few far cells would press the others together.
      low = std::min(low, at::quantile(column, 0.002).item<double>());
      high = std::max(high, at::quantile(column, 0.998).item<double>());
    }
  }
  const double margin = 0.05 * (high - low);
  return {low - margin, high + margin};
}

Points placed(const Points& points, const Scale& x, const Scale& y) {
  Points out;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    if (points.x[i] < x.low() || points.x[i] > x.high() || points.y[i] < y.low() || points.y[i] > y.high()) continue;
    out.x.push_back(x(points.x[i]));
    out.y.push_back(y(points.y[i]));
  }
  return out;
}

// A line with a small head; nothing where the cell hardly moves.
std::string arrow(double x1, double y1, double x2, double y2) {
  const double length = std::hypot(x2 - x1, y2 - y1);
  if (length < 3) return "";
  const double ux = (x2 - x1) / length;
  const double uy = (y2 - y1) / length;
  const double head = std::min(4.5, 0.5 * length);
  const auto at = [](double x, double y) { return svg_number(x) + " " + svg_number(y); };
  return "M" + at(x1, y1) + "L" + at(x2, y2) + "M" + at(x2 - head * (ux + 0.6 * uy), y2 - head * (uy - 0.6 * ux)) +
         "L" + at(x2, y2) + "L" + at(x2 - head * (ux - 0.6 * uy), y2 - head * (uy + 0.6 * ux));
}

using Title = std::vector<std::string>;

// What tells the contexts apart, in one line, or in two of all panels when one needs them; contexts that training did
// not have say so.
std::vector<Title> titles_of(const std::vector<ReportContext>& contexts) {
  std::vector<Context> names;
  for (const auto& one : contexts) names.push_back(one.context);
  std::vector<Title> titles;
  std::size_t lines = 3;
  for (std::size_t limit = 2 * kTitle; lines > 2; --limit) {
    titles.clear();
    lines = 1;
    const auto labels = context_labels(names, limit);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      titles.push_back(wrapped(labels[i] + (contexts[i].held_out ? ", unseen" : ""), kTitle));
      lines = std::max(lines, titles.back().size());
    }
  }
  for (Title& title : titles) {
    if (title.size() < lines) title.insert(title.begin(), "");
  }
  return titles;
}

void draw_panel(Svg& svg, const ReportContext& context, const Title& title, const PlotArea& area, const Scale& x,
                const Scale& y) {
  draw_axes(svg, area, x, y, "", "");
  double line = area.top - 6 - kLine * static_cast<double>(title.size() - 1);
  for (const auto& text : title) {
    if (!text.empty()) svg.text(area.left, line, text, "panel");
    line += kLine;
  }
  const auto dots = [&](const at::Tensor& cells, const char* style) {
    const auto points = placed(every(cells, kCells), x, y);
    svg.dots(points.x, points.y, style);
  };
  dots(context.control, "cell panel-cell cell-control");
  dots(context.truth, "cell panel-cell cell-true");
  dots(context.predicted, "cell panel-cell cell-predicted");
  const auto from = every(context.control, kArrows);
  const auto to = every(context.predicted, kArrows);
  std::string arrows;
  for (std::size_t i = 0; i < from.x.size(); ++i) {
    arrows += arrow(x(from.x[i]), y(from.y[i]), x(to.x[i]), y(to.y[i]));
  }
  if (!arrows.empty()) svg.path(arrows, "arrow");
}

constexpr const char* kSpec = R"json({
  "width": "container", "height": 190, "autosize": {"type": "fit-x", "contains": "padding"},
  "params": [{"name": "chosen", "value": []}],
  "encoding": {
    "x": {"field": "x", "type": "quantitative", "scale": {"nice": false, "zero": false}, "axis": {"tickCount": 4}},
    "y": {"field": "y", "type": "quantitative", "scale": {"nice": false, "zero": false}}
  },
  "layer": [
    {"data": {"values": []},
     "params": [{"name": "view", "select": {"type": "interval", "zoom": "wheel![event.ctrlKey || event.metaKey]"},
                 "bind": "scales"}],
     "mark": {"type": "circle", "size": 16, "clip": true},
     "encoding": {
       "color": {"field": "population", "type": "nominal",
                 "scale": {"domain": ["control", "predicted", "true"],
                           "range": ["var(--identity)", "var(--model)", "var(--true)"]}},
       "opacity": {"condition": {"test": "!length(chosen) || indexof(chosen, datum.population) >= 0", "value": 0.65},
                   "value": 0.05},
       "tooltip": []}},
    {"data": {"values": []},
     "mark": {"type": "rule", "color": "var(--ink)", "opacity": 0.75, "strokeWidth": 0.9, "clip": true},
     "encoding": {"x2": {"field": "x2"}, "y2": {"field": "y2"}, "tooltip": []}},
    {"data": {"values": []},
     "mark": {"type": "point", "shape": "triangle-up", "filled": true, "size": 20, "color": "var(--ink)",
              "opacity": 0.8, "clip": true},
     "encoding": {"x": {"field": "x2", "type": "quantitative"}, "y": {"field": "y2", "type": "quantitative"}}}
  ]
})json";

nlohmann::ordered_json panel_spec(const ReportContext& context, const Title& title,
                                  const std::vector<std::string>& features, const Scale& x, const Scale& y) {
  auto spec = nlohmann::ordered_json::parse(kSpec);
  spec["description"] = "Map of " + to_string(context.context);
  if (title.size() == 1) {
    spec["title"] = title.front();
  } else {
    spec["title"] = title;
  }
  spec["encoding"]["x"]["title"] = shortened(features[0], 30);
  spec["encoding"]["y"]["title"] = shortened(features[1], 30);
  spec["encoding"]["x"]["scale"]["domain"] = {x.low(), x.high()};
  spec["encoding"]["y"]["scale"]["domain"] = {y.low(), y.high()};
  auto& cells = spec["layer"][0];
  const std::pair<const char*, const at::Tensor*> populations[] = {
      {"control", &context.control}, {"true", &context.truth}, {"predicted", &context.predicted}};
  for (const auto& [population, tensor] : populations) {
    const auto points = every(*tensor, kCells);
    const std::int64_t step = std::max<std::int64_t>(1, (tensor->size(0) + kCells - 1) / kCells);
    for (std::size_t i = 0; i < points.x.size(); ++i) {
      cells["data"]["values"].push_back({{"population", population},
                                         {"cell", static_cast<std::int64_t>(i) * step},
                                         {"x", chart_number(points.x[i])},
                                         {"y", chart_number(points.y[i])}});
    }
  }
  auto& tooltip = cells["encoding"]["tooltip"];
  tooltip.push_back(tooltip_line("population", "cells"));
  tooltip.push_back(tooltip_line("cell", "number", "d"));
  tooltip.push_back(tooltip_line("x", features[0], ".3~f"));
  tooltip.push_back(tooltip_line("y", features[1], ".3~f"));
  const auto from = every(context.control, kArrows);
  const auto to = every(context.predicted, kArrows);
  for (std::size_t i = 0; i < from.x.size(); ++i) {
    const double across = (to.x[i] - from.x[i]) / (x.high() - x.low());
    const double up = (to.y[i] - from.y[i]) / (y.high() - y.low());
    if (std::hypot(across, up) < 0.015) continue;
    spec["layer"][1]["data"]["values"].push_back({{"x", chart_number(from.x[i])},
                                                  {"y", chart_number(from.y[i])},
                                                  {"x2", chart_number(to.x[i])},
                                                  {"y2", chart_number(to.y[i])},
                                                  {"across", chart_number(across)},
                                                  {"up", chart_number(up)}});
  }
  spec["layer"][2]["data"] = spec["layer"][1]["data"];
  // Clockwise from up, on the screen.
  spec["layer"][2]["mark"]["angle"] = {{"expr", "atan2(datum.across * width, datum.up * height) * 180 / PI"}};
  auto& ends = spec["layer"][1]["encoding"]["tooltip"];
  ends.push_back(tooltip_line("x", "x: " + features[0], ".3~f"));
  ends.push_back(tooltip_line("y", "x: " + features[1], ".3~f"));
  ends.push_back(tooltip_line("x2", "T(x): " + features[0], ".3~f"));
  ends.push_back(tooltip_line("y2", "T(x): " + features[1], ".3~f"));
  return spec;
}

void draw_legend(Svg& svg) {
  const std::pair<const char*, const char*> parts[] = {
      {"cell cell-control", "control x"}, {"cell cell-predicted", "predicted T(x)"}, {"cell cell-true", "true"}};
  double x = 34;
  for (const auto& [style, name] : parts) {
    svg.dots({x}, {10}, style);
    svg.text(x + 8, 14, name, "label");
    x += 28 + 7.0 * static_cast<double>(std::string(name).size());
  }
}

struct Drawn {
  Svg still;
  std::vector<nlohmann::ordered_json> live;
};

Drawn draw(const std::vector<ReportContext>& all, const std::vector<std::string>& features) {
  if (features.size() != 2 || all.empty()) {
    throw Error(ErrorKind::kUsage, "maps are drawn for cells with two features")
        .found(std::to_string(features.size()) + " features, " + std::to_string(all.size()) + " contexts")
        .expected("2 features and at least one context");
  }
  const std::vector<ReportContext> contexts(all.begin(),
                                            all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kPanels)));
  const std::size_t columns = std::min(kColumns, contexts.size());
  const std::size_t rows = (contexts.size() + columns - 1) / columns;
  const double width = std::max(kPanel * static_cast<double>(columns), 2 * kPanel);
  const auto titles = titles_of(contexts);
  const double head = 22 + kLine * static_cast<double>(titles.front().size() - 1);
  const double panel = kPanel - 22 + head;
  const double bottom = kTop + panel * static_cast<double>(rows);
  Svg svg(width, bottom + 16,
          "Maps of " + std::to_string(contexts.size()) + " contexts: control, predicted and true cells");
  draw_legend(svg);
  std::vector<nlohmann::ordered_json> panels;
  const auto [x_low, x_high] = range_of(contexts, 0);
  const auto [y_low, y_high] = range_of(contexts, 1);
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    const double left = kPanel * static_cast<double>(i % columns);
    const double top = kTop + panel * static_cast<double>(i / columns);
    const PlotArea area{left + 28, top + head, left + kPanel - 8, top + panel - 20};
    const Scale x(x_low, x_high, area.left, area.right);
    const Scale y(y_low, y_high, area.bottom, area.top);
    draw_panel(svg, contexts[i], titles[i], area, x, y);
    panels.push_back(panel_spec(contexts[i], titles[i], features, x, y));
  }
  svg.text(width / 2, bottom + 9,
           shortened(features[0], 30) + " (across), " + shortened(features[1], 30) + " (up)" +
               (all.size() > contexts.size() ? "; the first " + std::to_string(contexts.size()) + " of " +
                                                   std::to_string(all.size()) + " contexts"
                                             : ""),
           "label middle");
  return {std::move(svg), std::move(panels)};
}

}  // namespace map_chart_detail

Figure map_chart(const std::vector<ReportContext>& contexts, const std::vector<std::string>& features) {
  auto drawn = map_chart_detail::draw(contexts, features);
  return {drawn.still.markup(), std::move(drawn.live)};
}

std::string map_figure(const std::vector<ReportContext>& contexts, const std::vector<std::string>& features) {
  return map_chart_detail::draw(contexts, features).still.file(chart_style());
}

}  // namespace brenier::train
