#include "train/report/loss_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/report/svg.h"

namespace brenier::train {
namespace loss_chart_detail {

constexpr double kWidth = 360;
constexpr double kHeight = 200;
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

nlohmann::ordered_json spec_of(const Curve& curve, const std::vector<CurveInterval>& intervals, const Scale& x,
                               const Scale& y, bool logarithmic) {
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
  spec["encoding"]["x"]["scale"]["domain"] = {x.low(), x.high()};
  auto& scale = spec["layer"][0]["encoding"]["y"]["scale"];
  scale["domain"] = {y.low(), y.high()};
  if (logarithmic) scale["type"] = "log";
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
  using loss_chart_detail::kHeight;
  using loss_chart_detail::kWidth;
  const std::vector<CurveInterval> intervals = curve_intervals(curve);
  if (intervals.empty()) return {};
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const CurveInterval& interval : intervals) {
    low = std::min(low, interval.low);
    high = std::max(high, interval.high);
  }
  const bool logarithmic = low > 0.0 && high > 30.0 * low;
  const double margin = logarithmic ? 0.0 : 0.05 * (high - low);
  const PlotArea area{44, 14, kWidth - 10, kHeight - 26};
  const Scale x(intervals.front().step, intervals.back().step, area.left, area.right);
  const Scale y(low - margin, high + margin, area.bottom, area.top, logarithmic);
  Svg svg(kWidth, kHeight, curve.name + " over the steps of stage " + curve.stage);
  draw_axes(svg, area, x, y, "", "");
  const auto point = [&](double step, double value) { return svg_number(x(step)) + " " + svg_number(y(value)); };
  std::string band;
  std::string mean;
  for (const CurveInterval& interval : intervals) {
    band += (band.empty() ? "M" : "L") + point(interval.step, interval.high);
    mean += (mean.empty() ? "M" : "L") + point(interval.step, interval.mean);
  }
  for (auto it = intervals.rbegin(); it != intervals.rend(); ++it) band += "L" + point(it->step, it->low);
  svg.path(band + "Z", "band");
  svg.path(intervals.size() == 1 ? mean + "h.01" : mean, curve.validation ? "curve curve-validation" : "curve");
  if (curve.best_step >= 0.0) {
    svg.line(x(curve.best_step), area.top, x(curve.best_step), area.bottom, "best-line");
    svg.dots({x(curve.best_step)}, {y(loss_chart_detail::best_value(curve))}, "best-dot");
  }
  return {svg.markup(), {loss_chart_detail::spec_of(curve, intervals, x, y, logarithmic)}};
}

}  // namespace brenier::train
