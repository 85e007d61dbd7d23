#include "train/report/curve_overlay.h"

#include <utility>

#include "train/report/curve_frame.h"
#include "train/report/loss_chart.h"
#include "train/report/method_mark.h"

namespace brenier::train {
namespace curve_overlay_detail {

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
  std::vector<curve_overlay_detail::Line> lines;
  CurveExtent extent;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    for (const auto& curve : runs[k].curves) {
      if (!(CurveKey{curve.stage, curve.name, curve.validation} == key)) continue;
      auto points = curve_intervals(curve);
      for (const auto& point : points) extent.add(point.step, point.mean, point.mean);
      if (!points.empty()) lines.push_back({run_method(k, runs[k].name), std::move(points)});
    }
  }
  if (lines.empty()) return {};
  const CurveFrame frame(extent);
  const std::string label = key.name + " of every run over the steps of stage " + key.stage;
  Svg svg = frame.drawing(label);
  auto spec = nlohmann::ordered_json::parse(curve_overlay_detail::kSpec);
  spec["description"] = label;
  auto& encoding = spec["encoding"];
  frame.fit(encoding["x"], encoding["y"]);
  for (const auto& line : lines) {
    std::string path;
    for (const auto& point : line.points) {
      path += (path.empty() ? "M" : "L") + frame.point(point.step, point.mean);
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
