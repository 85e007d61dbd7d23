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

struct Interval {
  double step = 0.0;
  double mean = 0.0;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

std::vector<Interval> intervals_of(const Curve& curve) {
  std::vector<std::pair<double, double>> points;
  for (std::size_t i = 0; i < curve.steps.size(); ++i) {
    if (std::isfinite(curve.values[i])) points.emplace_back(curve.steps[i], curve.values[i]);
  }
  std::vector<Interval> intervals;
  const std::size_t count = std::min(kIntervals, points.size());
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t begin = k * points.size() / count;
    const std::size_t end = (k + 1) * points.size() / count;
    Interval interval;
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

}  // namespace loss_chart_detail

std::string loss_chart(const Curve& curve) {
  using loss_chart_detail::Interval;
  using loss_chart_detail::kHeight;
  using loss_chart_detail::kWidth;
  const std::vector<Interval> intervals = loss_chart_detail::intervals_of(curve);
  if (intervals.empty()) return {};
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (const Interval& interval : intervals) {
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
  for (const Interval& interval : intervals) {
    band += (band.empty() ? "M" : "L") + point(interval.step, interval.high);
    mean += (mean.empty() ? "M" : "L") + point(interval.step, interval.mean);
  }
  for (auto it = intervals.rbegin(); it != intervals.rend(); ++it) band += "L" + point(it->step, it->low);
  svg.path(band + "Z", "band");
  svg.path(intervals.size() == 1 ? mean + "h.01" : mean, curve.validation ? "curve curve-validation" : "curve");
  if (curve.best_step >= 0.0) {
    const auto best = std::find(curve.steps.begin(), curve.steps.end(), curve.best_step);
    const double value = curve.values[static_cast<std::size_t>(best - curve.steps.begin())];
    svg.line(x(curve.best_step), area.top, x(curve.best_step), area.bottom, "best-line");
    svg.dots({x(curve.best_step)}, {y(value)}, "best-dot");
  }
  return svg.markup();
}

}  // namespace brenier::train
