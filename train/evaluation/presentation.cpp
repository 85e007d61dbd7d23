#include "train/evaluation/presentation.h"

#include <algorithm>
#include <cmath>

#include "core/number_text.h"
#include "train/metric/metric.h"

namespace brenier::train {

std::string score_text(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  if (size > 0.0 && size < 0.1) {
    return fixed_text(value, std::min(9, 2 - static_cast<int>(std::floor(std::log10(size)))));
  }
  return fixed_text(value, size >= 100.0 ? 1 : 3);
}

std::string signed_text(double value) {
  if (std::isnan(value)) return "-";
  return (value < 0.0 ? "" : "+") + fixed_text(value, 2);
}

std::string method_label(const std::string& method) {
  std::string label = method;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string metric_label(const std::string& metric) {
  if (!is_metric(metric)) return metric;
  switch (make_metric(metric).direction) {
    case Direction::kHigherIsBetter:
      return metric + " ↑";
    case Direction::kLowerIsBetter:
      return metric + " ↓";
    case Direction::kNeither:
      break;
  }
  return metric;
}

std::string best_method(const std::vector<std::pair<std::string, double>>& values, const std::string& metric) {
  if (!is_metric(metric) || make_metric(metric).direction == Direction::kNeither) return {};
  const bool higher = make_metric(metric).direction == Direction::kHigherIsBetter;
  std::string best;
  double best_value = 0.0;
  for (const auto& [method, value] : values) {
    if (method == "ceiling" || std::isnan(value)) continue;
    if (best.empty() || (higher ? value > best_value : value < best_value)) {
      best = method;
      best_value = value;
    }
  }
  return best;
}

std::set<std::string> best_methods(const std::vector<std::pair<std::string, double>>& values,
                                   const std::string& metric) {
  const std::string best = best_method(values, metric);
  std::set<std::string> alike;
  std::size_t scored = 0;
  std::string text;
  for (const auto& [method, value] : values) {
    if (method == best) text = score_text(value);
  }
  for (const auto& [method, value] : values) {
    if (method == "ceiling" || std::isnan(value)) continue;
    ++scored;
    if (!best.empty() && score_text(value) == text) alike.insert(method);
  }
  if (scored > 1 && alike.size() == scored) alike.clear();
  return alike;
}

}  // namespace brenier::train
