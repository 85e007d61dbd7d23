#include "train/report/loss_chart.h"

#include <algorithm>
#include <cmath>

#include "train/report/curve_frame.h"

namespace brenier::train {
namespace loss_chart_detail {

constexpr std::size_t kIntervals = 120;

// The value of the last best validation.
double best_value(const Curve& curve) {
  const auto best = std::find(curve.steps.begin(), curve.steps.end(), curve.best_step);
  return curve.values[static_cast<std::size_t>(best - curve.steps.begin())];
}

constexpr const char* kSpec = R"json({
  "width": "container", "height": 190, "autosize": {"type": "fit-x", "contains": "padding"},
  "data": {"values": []},
  "encoding": {"x": {"field": "step", "type": "quantitative", "title": null, "scale": {"nice": false}}},
  "layer": [
    {"mark": {"type": "area", "opacity": 0.16, "color": "var(--model)", "clip": true},
     "encoding": {"y": {"field": "low", "type": "quantitative", "title": null, "scale": {"nice": false}},
                  "y2": {"field": "high"}}},
    {"mark": {"type": "line", "strokeWidth": 1.8, "strokeJoin": "round", "clip": true},
     "encoding": {"y": {"field": "mean", "type": "quantitative"}}},
    {"params": [{"name": "near", "select": {"type": "point", "on": "pointermove", "nearest": true, "encodings": ["x"],
                                            "clear": "pointerout"}},
                {"name": "view", "select": {"type": "interval", "encodings": ["x"],
                                            "zoom": "wheel![event.ctrlKey || event.metaKey]"}, "bind": "scales"}],
     "mark": {"type": "point", "filled": true, "size": 60, "clip": true},
     "encoding": {"y": {"field": "mean", "type": "quantitative"}, "tooltip": [],
                  "opacity": {"condition": {"param": "near", "empty": false, "value": 1}, "value": 0}}}
  ]
})json";

nlohmann::ordered_json spec_of(const Curve& curve, const std::vector<CurveInterval>& intervals,
                               const CurveFrame& frame) {
  auto spec = nlohmann::ordered_json::parse(kSpec);
  spec["description"] = curve.name + " over the steps of stage " + curve.stage;
  bool banded = false;
  for (const CurveInterval& one : intervals) {
    spec["data"]["values"].push_back({{"step", chart_number(one.step)},
                                      {"mean", chart_number(one.mean)},
                                      {"low", chart_number(one.low)},
                                      {"high", chart_number(one.high)}});
    banded = banded || one.low < one.high;
  }
  frame.fit(spec["encoding"]["x"], spec["layer"][0]["encoding"]["y"]);
  const char* colour = curve.validation ? "var(--true)" : "var(--model)";
  spec["layer"][1]["mark"]["color"] = colour;
  spec["layer"][2]["mark"]["color"] = colour;
  auto& tooltip = spec["layer"][2]["encoding"]["tooltip"];
  tooltip.push_back(tooltip_line("step", "step", ",~f"));
  tooltip.push_back(tooltip_line("mean", curve.name, ".4~g"));
  if (banded) {
    tooltip.push_back(tooltip_line("low", "least", ".4~g"));
    tooltip.push_back(tooltip_line("high", "most", ".4~g"));
  }
  if (curve.best_step >= 0.0) {
    const nlohmann::ordered_json at{{"step", curve.best_step}, {"mean", chart_number(best_value(curve))}};
    const nlohmann::ordered_json data{{"values", nlohmann::ordered_json::array({at})}};
    spec["layer"].push_back(
        {{"data", data},
         {"mark", {{"type", "rule"}, {"color", "var(--faint)"}, {"strokeDash", {3, 3}}, {"clip", true}}}});
    spec["layer"].push_back(
        {{"data", data},
         {"mark", {{"type", "point"}, {"filled", true}, {"size", 50}, {"color", "var(--good)"}, {"clip", true}}},
         {"encoding",
          {{"y", {{"field", "mean"}, {"type", "quantitative"}}},
           {"tooltip", {tooltip_line("step", "best at step", ",~f"), tooltip_line("mean", curve.name, ".4~g")}}}}});
  }
  return spec;
}

}  // namespace loss_chart_detail

std::vector<CurveInterval> curve_intervals(const Curve& curve) {
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < curve.steps.size(); ++i) {
    if (std::isfinite(curve.values[i])) points.emplace_back(curve.steps[i], curve.values[i]);
  }
  std::vector<CurveInterval> intervals;
  const std::size_t count = std::min(loss_chart_detail::kIntervals, points.size());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t begin = k * points.size() / count;
    const std::size_t end = (k + 1) * points.size() / count;
    CurveInterval interval;
    for (std::size_t i = begin; i < end; ++i) {
      interval.step += points[i].first;
      interval.mean += points[i].second;
      interval.low = std::min(interval.low, points[i].second);
      interval.high = std::max(interval.high, points[i].second);
    }
    interval.step /= static_cast<double>(end - begin);
    interval.mean /= static_cast<double>(end - begin);
    intervals.push_back(interval);
  }
  return intervals;
}

Figure loss_chart(const Curve& curve) {
  const std::vector<CurveInterval> intervals = curve_intervals(curve);
  if (intervals.empty()) return {};
  CurveExtent extent;
  for (const CurveInterval& interval : intervals) extent.add(interval.step, interval.low, interval.high);
  const CurveFrame frame(extent);
  Svg svg = frame.drawing(curve.name + " over the steps of stage " + curve.stage);
  std::string band;
  std::string mean;
  for (const CurveInterval& interval : intervals) {
    band += (band.empty() ? "M" : "L") + frame.point(interval.step, interval.high);
    mean += (mean.empty() ? "M" : "L") + frame.point(interval.step, interval.mean);
  }
  for (auto it = intervals.rbegin(); it != intervals.rend(); ++it) band += "L" + frame.point(it->step, it->low);
  svg.path(band + "Z", "band");
  svg.path(intervals.size() == 1 ? mean + "h.01" : mean, curve.validation ? "curve curve-validation" : "curve");
  if (curve.best_step >= 0.0) {
    const double best = frame.across(curve.best_step);
    svg.line(best, frame.area().top, best, frame.area().bottom, "best-line");
    svg.dots({best}, {frame.up(loss_chart_detail::best_value(curve))}, "best-dot");
  }
  return {svg.markup(), {loss_chart_detail::spec_of(curve, intervals, frame)}};
}

}  // namespace brenier::train
