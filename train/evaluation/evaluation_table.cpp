// evaluation_table of evaluation.h.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/text_table.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/presentation.h"

namespace brenier::train {
namespace evaluation_table_detail {

// values_of(metric) -> (method, value); interval_of(metric) -> text of the last column, all empty: no such column.
template <class Values, class Interval>
std::string table(const std::vector<std::string>& methods, const std::vector<std::string>& metrics,
                  const Values& values_of, const Interval& interval_of, std::int64_t level = 95) {
  const bool intervals = std::any_of(metrics.begin(), metrics.end(),
                                     [&](const std::string& metric) { return !interval_of(metric).empty(); });
  std::vector<TextColumn> columns = {{"", Align::kLeft}};
  for (const std::string& method : methods) columns.push_back({method_label(method), Align::kRight});
  if (intervals) columns.push_back({"model " + std::to_string(level) + " %", Align::kLeft});
  TextTable text(columns);
  for (const std::string& metric : metrics) {
    const std::vector<std::pair<std::string, double>> values = values_of(metric);
    const std::set<std::string> best = best_methods(values, metric);
    std::vector<std::string> cells = {metric_label(metric)};
    for (const auto& [method, value] : values) cells.push_back((best.contains(method) ? "*" : "") + score_text(value));
    if (intervals) cells.push_back(interval_of(metric));
    text.add_row(std::move(cells));
  }
  return text.to_string();
}

// The metrics of one context: those of the summary that it has, then its own.
std::vector<std::string> metrics_of(const ContextEvaluation& context, const std::vector<std::string>& summarised) {
  std::vector<std::string> own;
  for (const auto& [method, scores] : context.scores) {
    for (const auto& [metric, value] : scores)
      if (std::find(own.begin(), own.end(), metric) == own.end()) own.push_back(metric);
  }
  const auto place = [&](const std::string& metric) {
    return std::find(summarised.begin(), summarised.end(), metric) - summarised.begin();
  };
  std::stable_sort(own.begin(), own.end(),
                   [&](const std::string& left, const std::string& right) { return place(left) < place(right); });
  return own;
}

}  // namespace evaluation_table_detail

std::string evaluation_table(const Evaluation& evaluation, bool per_context) {
  const std::vector<std::string> methods = evaluation.methods();
  const std::vector<std::string> metrics = evaluation.metrics();
  const auto held_out = std::count_if(evaluation.contexts.begin(), evaluation.contexts.end(),
                                      [](const ContextEvaluation& context) { return context.held_out; });
  const auto counted = held_out > 0 ? held_out : static_cast<std::ptrdiff_t>(evaluation.contexts.size());
  std::string out;
  if (counted > 0) {
    out += "Mean over " + std::to_string(counted) + (held_out > 0 ? " held-out" : " training") +
           (counted == 1 ? " context" : " contexts");
    out += "; * marks the best predictions, ceiling is what noise in the true cells allows\n\n";
  }
  out += evaluation_table_detail::table(
      methods, metrics,
      [&](const std::string& metric) {
        std::vector<std::pair<std::string, double>> values;
        for (const std::string& method : methods)
          values.emplace_back(method, evaluation.summary_of(method, metric).mean);
        return values;
      },
      [&](const std::string& metric) -> std::string {
        if (methods.empty()) return {};
        const Summary summary = evaluation.summary_of(methods.front(), metric);
        if (std::isnan(summary.low)) return {};
        return "[" + score_text(summary.low) + ", " + score_text(summary.high) + "]";
      });
  if (!per_context) return out;
  for (const ContextEvaluation& context : evaluation.contexts) {
    out += "\n" + to_string(context.context) + (context.held_out ? "  (held out, " : "  (training, ") +
           std::to_string(context.n_true) + " true and " + std::to_string(context.n_control) + " control cells" +
           (context.n_learned > 0 ? ", actions learned from " + std::to_string(context.n_learned) + " others" : "") +
           ")\n\n";
    out += evaluation_table_detail::table(
        methods, evaluation_table_detail::metrics_of(context, metrics),
        [&](const std::string& metric) {
          std::vector<std::pair<std::string, double>> values;
          for (const std::string& method : methods) values.emplace_back(method, score_of(context, method, metric));
          return values;
        },
        [&](const std::string& metric) -> std::string {
          if (methods.empty()) return {};
          const auto [low, high] = interval_of(context, methods.front(), metric);
          return std::isnan(low) ? std::string() : "[" + score_text(low) + ", " + score_text(high) + "]";
        },
        evaluation.cell_level);
  }
  return out;
}

}  // namespace brenier::train
