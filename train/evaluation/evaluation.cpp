#include "train/evaluation/evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"

namespace brenier::train {
namespace evaluation_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Linear interpolation between order statistics (numpy's default); values sorted and not empty.
double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

template <class Value>
const Value* find(const std::vector<std::pair<std::string, Value>>& items, const std::string& name) {
  for (const auto& [key, value] : items) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace evaluation_detail

std::vector<std::string> Evaluation::methods() const {
  std::vector<std::string> names;
  for (const auto& [method, metrics] : summary) names.push_back(method);
  return names;
}

std::vector<std::string> Evaluation::metrics() const {
  std::vector<std::string> names;
  for (const auto& [method, values] : summary) {
    for (const auto& [metric, value] : values) {
      if (std::find(names.begin(), names.end(), metric) == names.end()) names.push_back(metric);
    }
  }
  return names;
}

Summary Evaluation::summary_of(const std::string& method, const std::string& metric) const {
  using evaluation_detail::kNaN;
  if (const auto* metrics = evaluation_detail::find(summary, method)) {
    if (const Summary* value = evaluation_detail::find(*metrics, metric)) return *value;
  }
  return {kNaN, kNaN, kNaN, kNaN};
}

double score_of(const ContextEvaluation& context, const std::string& method, const std::string& metric) {
  if (const Scores* scores = evaluation_detail::find(context.scores, method)) {
    if (const double* value = evaluation_detail::find(*scores, metric)) return *value;
  }
  return evaluation_detail::kNaN;
}

std::pair<double, double> interval_of(const ContextEvaluation& context, const std::string& method,
                                      const std::string& metric) {
  if (const Intervals* intervals = evaluation_detail::find(context.intervals, method)) {
    if (const auto* value = evaluation_detail::find(*intervals, metric)) return *value;
  }
  return {evaluation_detail::kNaN, evaluation_detail::kNaN};
}

Summary summarise(const std::vector<double>& values, std::int64_t resamples, std::uint64_t seed) {
  using evaluation_detail::kNaN;
  std::vector<double> known;
  std::copy_if(values.begin(), values.end(), std::back_inserter(known),
               [](double value) { return !std::isnan(value); });
  if (known.empty()) return {kNaN, kNaN, kNaN, kNaN};
  std::vector<double> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  Summary summary{evaluation_detail::mean(known), evaluation_detail::quantile(sorted, 0.5), kNaN, kNaN};
  if (known.size() < 2 || resamples < 1) return summary;
  RandomStream random(seed, "evaluation/bootstrap");
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& resampled : means) {
    double sum = 0.0;
    for (std::size_t i = 0; i < known.size(); ++i) {
      sum += known[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(known.size())))];
    }
    resampled = sum / static_cast<double>(known.size());
  }
  std::sort(means.begin(), means.end());
  summary.low = evaluation_detail::quantile(means, 0.025);
  summary.high = evaluation_detail::quantile(means, 0.975);
  return summary;
}

void summarise(Evaluation& evaluation, std::int64_t resamples, std::uint64_t seed) {
  const bool any_held_out = std::any_of(evaluation.contexts.begin(), evaluation.contexts.end(),
                                        [](const ContextEvaluation& context) { return context.held_out; });
  std::vector<const ContextEvaluation*> counted;
  for (const ContextEvaluation& context : evaluation.contexts) {
    if (context.held_out || !any_held_out) counted.push_back(&context);
  }
  evaluation.summary.clear();
  if (counted.empty()) return;
  for (const auto& [method, scores] : counted.front()->scores) {
    std::vector<std::pair<std::string, Summary>> metrics;
    for (const auto& [metric, unused] : scores) {
      std::vector<double> values;
      for (const ContextEvaluation* context : counted) values.push_back(score_of(*context, method, metric));
      metrics.emplace_back(metric, summarise(values, resamples, seed));
    }
    evaluation.summary.emplace_back(method, std::move(metrics));
  }
}

}  // namespace brenier::train
