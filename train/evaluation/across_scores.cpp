#include "train/evaluation/across_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace brenier::train {
namespace across_scores_detail {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<std::size_t> places(const Evaluation& evaluation, bool held_out) {
  std::vector<std::size_t> out;
  for (std::size_t k = 0; k < evaluation.contexts.size(); ++k) {
    if (evaluation.contexts[k].held_out == held_out) out.push_back(k);
  }
  return out;
}

// Of the contexts at these places, averaged over the repeats.
std::vector<double> values(const MethodProfiles& method, const Metric& metric, const std::vector<std::size_t>& places) {
  std::vector<double> mean;
  for (const auto& repeat : method.repeats) {
    std::vector<ContextProfile> profiles;
    for (const std::size_t place : places) profiles.push_back(repeat[place]);
    const auto one = metric.compute_all(profiles);
    mean.resize(one.size(), 0.0);
    for (std::size_t i = 0; i < one.size(); ++i) mean[i] += one[i] / static_cast<double>(method.repeats.size());
  }
  return mean;
}

double& score_at(ContextEvaluation& context, const std::string& method, const std::string& metric) {
  const auto named = [](const std::string& name) { return [&name](const auto& item) { return item.first == name; }; };
  auto scores = std::find_if(context.scores.begin(), context.scores.end(), named(method));
  return std::find_if(scores->second.begin(), scores->second.end(), named(metric))->second;
}

}  // namespace across_scores_detail

void score_across(Evaluation& evaluation, const std::vector<MethodProfiles>& methods,
                  const std::vector<Metric>& metrics) {
  namespace detail = across_scores_detail;
  for (const bool held_out : {true, false}) {
    const auto places = detail::places(evaluation, held_out);
    if (places.empty()) continue;
    for (const Metric& metric : metrics) {
      if (metric.scope != Scope::kContexts) continue;
      for (const auto& method : methods) {
        const auto values = detail::values(method, metric, places);
        for (std::size_t i = 0; i < values.size(); ++i) {
          detail::score_at(evaluation.contexts[places[i]], method.method, metric.name) = values[i];
        }
      }
    }
  }
}

void summarise_across(Evaluation& evaluation, const std::vector<MethodProfiles>& methods,
                      const std::vector<Metric>& metrics) {
  namespace detail = across_scores_detail;
  auto places = detail::places(evaluation, true);
  if (places.empty()) places = detail::places(evaluation, false);
  if (places.empty()) return;
  for (auto& [name, summary] : evaluation.summary) {
    std::vector<std::pair<std::string, Summary>> ordered;
    for (const Metric& metric : metrics) {
      if (metric.scope != Scope::kAllContexts) {
        ordered.emplace_back(metric.name, evaluation.summary_of(name, metric.name));
        continue;
      }
      const auto method =
          std::find_if(methods.begin(), methods.end(), [&](const auto& one) { return one.method == name; });
      const auto values = detail::values(*method, metric, places);
      const double value = values.empty() ? detail::kNaN : values.front();
      ordered.push_back({metric.name, {value, value, detail::kNaN, detail::kNaN}});
    }
    summary = std::move(ordered);
  }
}

}  // namespace brenier::train
