#include "train/report/mean_chart.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "train/metric/changed_genes.h"
#include "train/report/html.h"
#include "train/report/svg.h"

namespace brenier::train {
namespace mean_chart_detail {

constexpr double kSize = 360;
constexpr std::int64_t kChanged = 30;  // genes with a stem
constexpr std::size_t kLabelled = 9;
constexpr std::int64_t kOthers = 1200;

std::vector<double> values(const at::Tensor& tensor) {
  const at::Tensor t = tensor.to(at::kCPU, at::kDouble).contiguous();
  return {t.const_data_ptr<double>(), t.const_data_ptr<double>() + t.numel()};
}

// A label beside a dot, moved up or down until it touches no other one; left of the dot near the right edge.
class Labels final {
 public:
  Labels(Svg& svg, const PlotArea& area) : svg_(svg), area_(area) {}

  void add(double x, double y, const std::string& name) {
    const std::string text = shortened(name, 12);
    const double width = 6.3 * static_cast<double>(std::min<std::size_t>(text.size(), 12)) + 3;
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
      return;
    }
  }

 private:
  struct Box {
    double left, right, line;
  };
  Svg& svg_;
  PlotArea area_;
  std::vector<Box> taken_;
};

}  // namespace mean_chart_detail

std::string mean_chart(const Comparison& comparison, const std::vector<std::string>& genes) {
  using mean_chart_detail::kChanged;
  using mean_chart_detail::kLabelled;
  using mean_chart_detail::kOthers;
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

  const std::set<std::int64_t> stems(changed.begin(), changed.end());
  const auto count = static_cast<std::int64_t>(truth.size());
  const std::int64_t step = std::max<std::int64_t>(1, (count + kOthers - 1) / kOthers);
  std::vector<double> xs;
  std::vector<double> ys;
  for (std::int64_t g = 0; g < count; g += step) {
    if (stems.contains(g)) continue;
    xs.push_back(x(truth[static_cast<std::size_t>(g)]));
    ys.push_back(y(predicted[static_cast<std::size_t>(g)]));
  }
  svg.dots(xs, ys, "dot-other");
  std::string lines;
  std::string starts;
  xs.clear();
  ys.clear();
  for (const std::int64_t g : changed) {
    const auto i = static_cast<std::size_t>(g);
    lines += "M" + svg_number(x(truth[i])) + " " + svg_number(y(control[i])) + "V" + svg_number(y(predicted[i]));
    xs.push_back(x(truth[i]));
    ys.push_back(y(predicted[i]));
  }
  svg.path(lines, "stem");
  svg.dots(xs, ys, "dot-changed");
  Labels labels(svg, area);
  for (std::size_t k = 0; k < std::min(kLabelled, changed.size()); ++k) {
    labels.add(xs[k], ys[k], genes[static_cast<std::size_t>(changed[k])]);
  }
  return svg.markup();
}

}  // namespace brenier::train
