#include "train/report/score_chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/number_text.h"
#include "train/evaluation/presentation.h"
#include "train/metric/metric.h"
#include "train/report/context_labels.h"
#include "train/report/method_mark.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace score_chart_detail {

constexpr double kWidth = 400;
constexpr double kRow = 30;
constexpr double kLabels = 108;

// What a row is called: what tells its context from the others.
std::vector<std::string> row_labels(const std::vector<ContextEvaluation>& contexts) {
  std::vector<Context> names;
  for (const ContextEvaluation& context : contexts) names.push_back(context.context);
  return context_labels(names, 16);
}

struct Limits {
  double low;
  double high;
};

// The interval that shows the scores; for R2 and correlations what lies far below is cut off.
Limits limits_of(const std::vector<double>& values, bool higher_better) {
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  Limits limits{*low, *high};
  if (higher_better && limits.high <= 1.0) {
    limits.high = 1.0;
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const double middle = sorted[sorted.size() / 4];
    limits.low = std::max(limits.low, std::min(middle - 1.0, 0.0));
  } else if (!higher_better) {
    limits.low = std::min(limits.low, 0.0);
  }
  const double margin = 0.03 * (limits.high - limits.low);
  return {limits.low - (limits.low == 0.0 && !higher_better ? 0.0 : margin), limits.high + margin};
}

struct Mark {
  std::string method;
  double value;
  double x;
  double lane;
  double edge;  // shift along the edge of a mark beyond it
};

// How far above or below its row a mark goes so that it does not cover one that is there already.
double free_lane(const std::vector<Mark>& marks, double x) {
  for (const double lane : {0.0, -7.0, 7.0}) {
    const bool taken = std::any_of(marks.begin(), marks.end(), [&](const Mark& mark) {
      return mark.method != "ceiling" && mark.lane == lane && std::abs(mark.x - x) < 8.0;
    });
    if (!taken) return lane;
  }
  return 0.0;
}

constexpr const char* kSpec = R"json({
  "width": "container", "height": 30, "autosize": {"type": "fit-x", "contains": "padding"},
  "params": [{"name": "chosen", "value": []}],
  "data": {"values": []},
  "encoding": {"y": {"field": "row", "type": "ordinal", "title": null, "axis": {"grid": true, "domain": false, "labelPadding": 11}}},
  "layer": [
    {"mark": {"type": "point", "filled": true, "stroke": "var(--card)", "strokeWidth": 1,
              "yOffset": {"expr": "datum.lane"}, "xOffset": {"expr": "datum.edge"}},
     "encoding": {
       "x": {"field": "at", "type": "quantitative", "title": null, "scale": {"nice": false, "zero": false}},
       "color": {"field": "method", "type": "nominal", "scale": {"domain": [], "range": []}},
       "shape": {"field": "method", "type": "nominal", "scale": {"domain": [], "range": []}},
       "size": {"field": "area", "type": "quantitative", "scale": null},
       "opacity": {"condition": {"test": "!length(chosen) || indexof(chosen, datum.method) >= 0", "value": 1},
                   "value": 0.08},
       "tooltip": []}},
    {"data": {"values": []},
     "mark": {"type": "text", "align": "left", "dx": {"expr": "datum.edge"}, "fontSize": 10.5, "color": "var(--soft)",
              "stroke": "var(--card)", "strokeWidth": 3},
     "encoding": {"x": {"field": "at", "type": "quantitative"}, "text": {"field": "text"}}}
  ]
})json";

nlohmann::ordered_json spec_frame(const Evaluation& evaluation, const std::string& metric,
                                  const std::vector<std::string>& labels, const Scale& x) {
  auto spec = nlohmann::ordered_json::parse(kSpec);
  spec["height"] = kRow * static_cast<double>(labels.size());
  spec["description"] = metric + " of each method in each context";
  // Rows are numbered, because two contexts may have one label; the axis shows the labels.
  auto& row = spec["encoding"]["y"];
  nlohmann::ordered_json names = nlohmann::ordered_json::array();
  row["scale"]["domain"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    row["scale"]["domain"].push_back(i);
    names.push_back(labels[i]);
  }
  spec["params"].push_back({{"name", "rows"}, {"value", names}});
  row["axis"]["labelExpr"] = "rows[datum.value]";
  auto& encoding = spec["layer"][0]["encoding"];
  encoding["x"]["scale"]["domain"] = {x.low(), x.high()};
  for (const std::string& method : evaluation.methods()) {
    const MethodStyle style = method_style(method);
    for (const char* channel : {"color", "shape"}) encoding[channel]["scale"]["domain"].push_back(method);
    encoding["color"]["scale"]["range"].push_back(style.colour);
    encoding["shape"]["scale"]["range"].push_back(style.symbol);
  }
  encoding["tooltip"] = {tooltip_line("context", "context"), tooltip_line("kind", "in the split"),
                         tooltip_line("name", "method"), tooltip_line("value", metric)};
  return spec;
}

}  // namespace score_chart_detail

Figure score_chart(const Evaluation& evaluation, const std::string& metric) {
  using score_chart_detail::kLabels;
  using score_chart_detail::kRow;
  using score_chart_detail::kWidth;
  using score_chart_detail::Limits;
  using score_chart_detail::Mark;
  std::vector<ContextEvaluation> contexts;
  std::vector<double> values;
  for (const ContextEvaluation& context : evaluation.contexts) {
    if (contexts.size() == kScoreChartRows) break;
    const std::size_t before = values.size();
    for (const std::string& method : evaluation.methods()) {
      const double value = score_of(context, method, metric);
      if (!std::isnan(value)) values.push_back(value);
    }
    if (values.size() > before) contexts.push_back(context);
  }
  if (values.empty()) return {};
  const bool higher = !is_metric(metric) || make_metric(metric).direction == Direction::kHigherIsBetter;
  const Limits limits = score_chart_detail::limits_of(values, higher);
  const double height = 14 + kRow * static_cast<double>(contexts.size()) + 26;
  const PlotArea area{kLabels, 10, kWidth - 12, height - 26};
  Svg svg(kWidth, height, metric + " of each method in each context");
  const Scale x(limits.low, limits.high, area.left, area.right);
  for (const double tick : x.ticks(4)) {
    svg.line(x(tick), area.top, x(tick), area.bottom, "grid");
    svg.text(x(tick), area.bottom + 15, tick_text(tick), "tick middle");
  }
  const std::vector<std::string> labels = score_chart_detail::row_labels(contexts);
  auto spec = score_chart_detail::spec_frame(evaluation, metric, labels, x);
  std::vector<std::string> methods = evaluation.methods();  // the model takes its place first and is drawn last
  std::stable_partition(methods.begin(), methods.end(), [](const std::string& method) { return method == "model"; });
  for (std::size_t i = 0; i < contexts.size(); ++i) {
    const double y = area.top + kRow * (static_cast<double>(i) + 0.5);
    svg.line(area.left, y, area.right, y, "row");
    svg.text(area.left - 8, y + 4, labels[i], contexts[i].held_out ? "label end" : "label end muted");
    std::vector<Mark> marks;
    std::vector<double> beyond;  // too far below to be drawn at their place
    for (const std::string& method : methods) {
      const double value = score_of(contexts[i], method, metric);
      if (std::isnan(value)) continue;
      double at = std::clamp(x(value), area.left, area.right);
      double edge = 0.0;
      if (at > x(value) + 0.5) {
        edge = 10.0 * static_cast<double>(beyond.size());
        at += edge;
        beyond.push_back(value);
      }
      marks.push_back({method, value, at, method == "ceiling" ? 0.0 : score_chart_detail::free_lane(marks, at), edge});
    }
    for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark) {
      svg.path(method_shape(mark->method, mark->x, y + mark->lane), method_class(mark->method) + " mark",
               method_label(mark->method) + " " + score_text(mark->value) + ", " + to_string(contexts[i].context));
      spec["data"]["values"].push_back({{"row", i},
                                        {"method", mark->method},
                                        {"name", method_label(mark->method)},
                                        {"area", method_style(mark->method).area},
                                        {"at", chart_number(std::clamp(mark->value, x.low(), x.high()))},
                                        {"lane", mark->lane},
                                        {"edge", mark->edge},
                                        {"value", score_text(mark->value)},
                                        {"context", to_string(contexts[i].context)},
                                        {"kind", contexts[i].held_out ? "held out" : "training"}});
    }
    std::string text;
    for (const double value : beyond) text += (text.empty() ? "‹ " : ", ") + fixed_text(value, 1);
    if (!text.empty()) {
      spec["layer"][1]["data"]["values"].push_back({{"row", i},
                                                    {"at", chart_number(x.low())},
                                                    {"edge", 10.0 * static_cast<double>(beyond.size())},
                                                    {"text", text}});
      svg.text(area.left + 10.0 * static_cast<double>(beyond.size()), y + 3.5, text, "tick halo");
    }
  }
  return {svg.markup(), {std::move(spec)}};
}

}  // namespace brenier::train
