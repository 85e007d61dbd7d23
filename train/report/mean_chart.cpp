#include "train/report/mean_chart.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "train/metric/changed_genes.h"
#include "train/report/html.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace mean_chart_detail {

constexpr double kSize = 360;
constexpr std::int64_t kChanged = 30;  // genes with a stem
constexpr std::size_t kLabelled = 9;

std::vector<double> values(const at::Tensor& tensor) {
  const at::Tensor t = tensor.to(at::kCPU, at::kDouble).contiguous();
  return {t.const_data_ptr<double>(), t.const_data_ptr<double>() + t.numel()};
}

// A label beside a dot, moved up or down until it touches no other one; left of the dot near the right edge.
class Labels final {
 public:
  Labels(Svg& svg, const PlotArea& area) : svg_(svg), area_(area) {}

  // Where the text stands relative to its dot.
  struct Place {
    std::string text;
    double dy = 0.0;
    bool left = false;
  };

  // Nothing when there is no room.
  std::optional<Place> add(double x, double y, const std::string& name) {
    const std::string text = shortened(name, 12);
    const double width = 7.8 * static_cast<double>(std::min<std::size_t>(text.size(), 12)) + 3;
    const bool left = x + 7 + width > area_.right;
    const double begin = left ? x - 7 - width : x + 7;
    for (const double shift : {0.0, -11.0, 11.0, -22.0, 22.0}) {
      const double line = y + 3.5 + shift;
      if (line < area_.top + 9 || line > area_.bottom - 3) continue;
      const bool free = std::none_of(taken_.begin(), taken_.end(), [&](const Box& box) {
        return begin < box.right && begin + width > box.left && std::abs(line - box.line) < 11;
      });
      if (!free) continue;
      taken_.push_back({begin, begin + width, line});
      svg_.text(left ? x - 7 : x + 7, line, text, left ? "gene end" : "gene");
      return Place{text, shift, left};
    }
    return std::nullopt;
  }

 private:
  struct Box {
    double left, right, line;
  };
  Svg& svg_;
  PlotArea area_;
  std::vector<Box> taken_;
};

constexpr const char* kSpec = R"json({
  "description": "Predicted against true mean of each gene",
  "width": "container", "height": 320, "autosize": {"type": "fit-x", "contains": "padding"},
  "data": {"values": []},
  "encoding": {"x": {"field": "true", "type": "quantitative", "title": "true mean", "scale": {"nice": false}}},
  "layer": [
    {"params": [{"name": "view", "select": {"type": "interval", "zoom": "wheel![event.ctrlKey || event.metaKey]"},
                 "bind": "scales"}],
     "transform": [{"filter": "!datum.changed"}],
     "mark": {"type": "circle", "size": 14, "opacity": 0.5, "color": "var(--faint)", "clip": true},
     "encoding": {"y": {"field": "predicted", "type": "quantitative", "title": "predicted mean",
                        "scale": {"nice": false}}, "tooltip": []}},
    {"data": {"values": []},
     "mark": {"type": "line", "color": "var(--faint)", "strokeDash": [5, 4], "strokeWidth": 1.2, "clip": true},
     "encoding": {"y": {"field": "predicted", "type": "quantitative"}}},
    {"transform": [{"filter": "datum.changed"}],
     "mark": {"type": "rule", "color": "var(--model)", "opacity": 0.4, "strokeWidth": 1.2, "clip": true},
     "encoding": {"y": {"field": "control", "type": "quantitative"}, "y2": {"field": "predicted"}}},
    {"transform": [{"filter": "datum.changed"}],
     "mark": {"type": "circle", "size": 46, "opacity": 1, "color": "var(--model)", "clip": true},
     "encoding": {"y": {"field": "predicted", "type": "quantitative"}, "tooltip": []}},
    {"transform": [{"filter": "isValid(datum.label) && !datum.left"}],
     "mark": {"type": "text", "align": "left", "dx": 7, "dy": {"expr": "datum.dy"}, "fontSize": 10.5, "fontWeight": 600,
              "color": "var(--ink)", "stroke": "var(--card)", "strokeWidth": 3, "clip": true},
     "encoding": {"y": {"field": "predicted", "type": "quantitative"}, "text": {"field": "label"}}},
    {"transform": [{"filter": "isValid(datum.label) && datum.left"}],
     "mark": {"type": "text", "align": "right", "dx": -7, "dy": {"expr": "datum.dy"}, "fontSize": 10.5,
              "fontWeight": 600, "color": "var(--ink)", "stroke": "var(--card)", "strokeWidth": 3, "clip": true},
     "encoding": {"y": {"field": "predicted", "type": "quantitative"}, "text": {"field": "label"}}}
  ]
})json";

nlohmann::ordered_json spec_frame(const Scale& both) {
  auto spec = nlohmann::ordered_json::parse(kSpec);
  const nlohmann::ordered_json domain{both.low(), both.high()};
  spec["encoding"]["x"]["scale"]["domain"] = domain;
  spec["layer"][0]["encoding"]["y"]["scale"]["domain"] = domain;
  for (const double end : {both.low(), both.high()}) {
    spec["layer"][1]["data"]["values"].push_back({{"true", end}, {"predicted", end}});
  }
  for (const int layer : {0, 3}) {
    auto& tooltip = spec["layer"][static_cast<std::size_t>(layer)]["encoding"]["tooltip"];
    tooltip.push_back(tooltip_line("gene", "gene"));
    for (const char* mean : {"control", "true", "predicted"}) tooltip.push_back(tooltip_line(mean, mean, ".3~f"));
  }
  return spec;
}

}  // namespace mean_chart_detail

Figure mean_chart(const Comparison& comparison, const std::vector<std::string>& genes) {
  using mean_chart_detail::kChanged;
  using mean_chart_detail::kLabelled;
  using mean_chart_detail::kSize;
  using mean_chart_detail::Labels;
  using mean_chart_detail::values;
  const std::vector<double> control = values(comparison.control().mean());
  const std::vector<double> predicted = values(comparison.predicted().mean());
  const std::vector<double> truth = values(comparison.truth().mean());
  const at::Tensor order = most_changed_genes(comparison.control(), comparison.truth(), kChanged).to(at::kCPU);
  const std::vector<std::int64_t> changed(order.const_data_ptr<std::int64_t>(),
                                          order.const_data_ptr<std::int64_t>() + order.numel());
  double low = 0.0;
  double high = 0.0;
  for (const auto* side : {&control, &predicted, &truth}) {
    low = std::min(low, *std::min_element(side->begin(), side->end()));
    high = std::max(high, *std::max_element(side->begin(), side->end()));
  }
  const PlotArea area{40, 22, kSize - 10, kSize - 38};
  const double margin = 0.03 * (high - low);
  const Scale x(low - margin, high + margin, area.left, area.right);
  const Scale y(low - margin, high + margin, area.bottom, area.top);
  Svg svg(kSize, kSize, "Predicted against true mean of each gene");
  draw_axes(svg, area, x, y, "true mean", "predicted mean");
  svg.line(x(x.low()), y(x.low()), x(x.high()), y(x.high()), "diagonal");

  auto spec = mean_chart_detail::spec_frame(x);
  auto& points = spec["data"]["values"];
  const auto point = [&](std::int64_t g, bool is_changed) {
    const auto i = static_cast<std::size_t>(g);
    points.push_back({{"gene", genes[i]},
                      {"true", chart_number(truth[i])},
                      {"predicted", chart_number(predicted[i])},
                      {"control", chart_number(control[i])},
                      {"changed", is_changed}});
  };
  const std::set<std::int64_t> stems(changed.begin(), changed.end());
  const auto count = static_cast<std::int64_t>(truth.size());
  const std::int64_t step = std::max<std::int64_t>(1, (count + kDrawnGenes - 1) / kDrawnGenes);
  std::vector<double> xs;
  std::vector<double> ys;
  for (std::int64_t g = 0; g < count; g += step) {
    if (stems.contains(g)) continue;
    point(g, false);
    xs.push_back(x(truth[static_cast<std::size_t>(g)]));
    ys.push_back(y(predicted[static_cast<std::size_t>(g)]));
  }
  svg.dots(xs, ys, "dot-other");
  std::string lines;
  std::string starts;
  xs.clear();
  ys.clear();
  const std::size_t first_changed = points.size();
  for (const std::int64_t g : changed) {
    point(g, true);
    const auto i = static_cast<std::size_t>(g);
    lines += "M" + svg_number(x(truth[i])) + " " + svg_number(y(control[i])) + "V" + svg_number(y(predicted[i]));
    xs.push_back(x(truth[i]));
    ys.push_back(y(predicted[i]));
  }
  svg.path(lines, "stem");
  svg.dots(xs, ys, "dot-changed");
  Labels labels(svg, area);
  for (std::size_t k = 0; k < std::min(kLabelled, changed.size()); ++k) {
    const auto place = labels.add(xs[k], ys[k], genes[static_cast<std::size_t>(changed[k])]);
    if (place) points[first_changed + k].update({{"label", place->text}, {"dy", place->dy}, {"left", place->left}});
  }
  return {svg.markup(), {std::move(spec)}};
}

}  // namespace brenier::train
