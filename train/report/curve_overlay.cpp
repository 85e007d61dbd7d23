#include "train/report/curve_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/report/loss_chart.h"
#include "train/report/method_mark.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace curve_overlay_detail {

constexpr double kWidth = 360;
constexpr double kHeight = 200;

struct Line {
  std::string method;
  std::vector<CurveInterval> points;
};

constexpr const char* kSpec = R"json({
  "width": "container", "height": 190, "autosize": {"type": "fit-x", "contains": "padding"},
  "params": [{"name": "chosen", "value": []}],
  "data": {"values": []},
  "encoding": {
    "x": {"field": "step", "type": "quantitative", "title": null, "scale": {"nice": false}},
    "y": {"field": "mean", "type": "quantitative", "title": null, "scale": {"nice": false}},
    "color": {"field": "run", "type": "nominal", "scale": {"domain": [], "range": []}}
  },
  "layer": [
    {"mark": {"type": "line", "strokeWidth": 1.8, "strokeJoin": "round", "clip": true},
     "encoding": {"opacity": {"condition": {"test": "!length(chosen) || indexof(chosen, datum.run) >= 0", "value": 0.95},
                              "value": 0.08}}},
    {"params": [{"name": "near", "select": {"type": "point", "on": "pointermove", "nearest": true,
                                            "clear": "pointerout"}},
                {"name": "view", "select": {"type": "interval", "encodings": ["x"],
                                            "zoom": "wheel![event.ctrlKey || event.metaKey]"}, "bind": "scales"}],
     "mark": {"type": "point", "filled": true, "size": 60, "clip": true},
     "encoding": {"opacity": {"condition": {"param": "near", "empty": false, "value": 1}, "value": 0}, "tooltip": []}}
  ]
})json";

}  // namespace curve_overlay_detail

Figure curve_overlay(const std::vector<ComparedRun>& runs, const CurveKey& key) {
  using curve_overlay_detail::kHeight;
  using curve_overlay_detail::kWidth;
  std::vector<curve_overlay_detail::Line> lines;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  double begin = low;
  double end = -low;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    for (const auto& curve : runs[k].curves) {
      if (!(CurveKey{curve.stage, curve.name, curve.validation} == key)) continue;
      auto points = curve_intervals(curve);
      for (const auto& point : points) {
        low = std::min(low, point.mean);
        high = std::max(high, point.mean);
        begin = std::min(begin, point.step);
        end = std::max(end, point.step);
      }
      if (!points.empty()) lines.push_back({run_method(k, runs[k].name), std::move(points)});
    }
  }
  if (lines.empty()) return {};
  const bool logarithmic = low > 0.0 && high > 30.0 * low;
  const double margin = logarithmic ? 0.0 : 0.05 * (high - low);
  const PlotArea area{44, 14, kWidth - 10, kHeight - 26};
  const Scale x(begin, end, area.left, area.right);
  const Scale y(low - margin, high + margin, area.bottom, area.top, logarithmic);
  const std::string label = key.name + " of every run over the steps of stage " + key.stage;
  Svg svg(kWidth, kHeight, label);
  draw_axes(svg, area, x, y, "", "");
  auto spec = nlohmann::ordered_json::parse(curve_overlay_detail::kSpec);
  spec["description"] = label;
  auto& encoding = spec["encoding"];
  encoding["x"]["scale"]["domain"] = {x.low(), x.high()};
  encoding["y"]["scale"]["domain"] = {y.low(), y.high()};
  if (logarithmic) encoding["y"]["scale"]["type"] = "log";
  for (const auto& line : lines) {
    std::string path;
    for (const auto& point : line.points) {
      path += (path.empty() ? "M" : "L") + svg_number(x(point.step)) + " " + svg_number(y(point.mean));
      spec["data"]["values"].push_back(
          {{"run", line.method}, {"step", chart_number(point.step)}, {"mean", chart_number(point.mean)}});
    }
    if (line.points.size() == 1) path += "h.01";
    svg.path(path, "curve c-" + method_class(line.method).substr(2), line.method);
    encoding["color"]["scale"]["domain"].push_back(line.method);
    encoding["color"]["scale"]["range"].push_back(method_style(line.method).colour);
  }
  auto& tooltip = spec["layer"][1]["encoding"]["tooltip"];
  tooltip.push_back(tooltip_line("run", "run"));
  tooltip.push_back(tooltip_line("step", "step", ",~f"));
  tooltip.push_back(tooltip_line("mean", key.name, ".4~g"));
  return {svg.markup(), {std::move(spec)}};
}

}  // namespace brenier::train
