#include "train/report/score_section.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "train/evaluation/presentation.h"
#include "train/metric/metric.h"
#include "train/report/html.h"
#include "train/report/method_mark.h"
#include "train/report/score_chart.h"

namespace brenier::train {
namespace score_section_detail {

using Values = std::vector<std::pair<std::string, double>>;

Values summary_values(const Evaluation& evaluation, const std::string& metric) {
  Values values;
  for (const std::string& method : evaluation.methods()) {
    values.emplace_back(method, evaluation.summary_of(method, metric).mean);
  }
  return values;
}

// "[0.91, 0.95]"; empty when there is none.
std::string interval(const Summary& summary) {
  if (std::isnan(summary.low)) return {};
  return "[" + score_text(summary.low) + ", " + score_text(summary.high) + "]";
}

std::string value_class(const std::string& method, const std::set<std::string>& best) {
  if (method == "ceiling") return "number ceiling";
  return best.contains(method) ? "number best" : "number";
}

std::vector<HtmlCell> method_head(const Evaluation& evaluation, std::string_view first) {
  std::vector<HtmlCell> head = {text_cell(first)};
  for (const std::string& method : evaluation.methods()) head.push_back(text_cell(method_label(method), "number"));
  return head;
}

std::string tile(const std::string& value, const std::string& label, bool first) {
  return std::string("<div class=\"tile") + (first ? " first" : "") + "\"><b>" + escape_html(value) + "</b><span>" +
         escape_html(label) + "</span></div>";
}

// "7 held-out contexts"
std::string counted(const Evaluation& evaluation) {
  const auto held_out = std::count_if(evaluation.contexts.begin(), evaluation.contexts.end(),
                                      [](const ContextEvaluation& context) { return context.held_out; });
  const auto count = held_out > 0 ? held_out : static_cast<std::ptrdiff_t>(evaluation.contexts.size());
  return std::to_string(count) + (held_out > 0 ? " held-out context" : " training context") + (count == 1 ? "" : "s");
}

}  // namespace score_section_detail

std::string verdict_section(const Evaluation& evaluation) {
  using score_section_detail::counted;
  using score_section_detail::interval;
  using score_section_detail::summary_values;
  using score_section_detail::tile;
  using score_section_detail::Values;
  const std::vector<std::string> metrics = evaluation.metrics();
  if (metrics.empty()) return "<p class=\"lead\">This run has no scores.</p>\n";
  const std::string& metric = metrics.front();
  const Summary model = evaluation.summary_of("model", metric);
  Values baselines = summary_values(evaluation, metric);
  std::erase_if(baselines, [](const auto& item) { return item.first == "model"; });
  const std::string best = best_method(baselines, metric);
  const Summary baseline = evaluation.summary_of(best, metric);
  const Summary ceiling = evaluation.summary_of("ceiling", metric);
  std::string out = "<p class=\"lead\">";
  if (!evaluation.contexts.empty())
    out += "Over " + counted(evaluation) + " the ";
  else
    out += "The ";
  out += "model reaches " + escape_html(metric) + " <strong>" + score_text(model.mean) + "</strong>";
  const std::string spread = interval(model);
  if (!spread.empty()) out += " <span class=\"muted\">(95 % " + spread + ")</span>";
  if (!best.empty() && !std::isnan(model.mean)) {
    const bool higher = make_metric(metric).direction == Direction::kHigherIsBetter;
    const double lead = higher ? model.mean - baseline.mean : baseline.mean - model.mean;
    out += lead > 0.0   ? "; it beats the best baseline, "
           : lead < 0.0 ? "; it does <strong>not</strong> reach the best baseline, "
                        : "; it equals the best baseline, ";
    out += escape_html(method_label(best)) + " (" + score_text(baseline.mean) + ")";
  }
  out += ".";
  if (!std::isnan(ceiling.mean)) out += " The noise of the true cells allows " + score_text(ceiling.mean) + ".";
  out += "</p>\n<div class=\"tiles\">" + tile(score_text(model.mean), "model, " + metric_label(metric), true);
  if (!best.empty()) out += tile(score_text(baseline.mean), "best baseline: " + method_label(best), false);
  const double identity = evaluation.summary_of("identity", metric).mean;
  if (!std::isnan(identity)) out += tile(score_text(identity), "no change (identity)", false);
  if (!std::isnan(ceiling.mean)) out += tile(score_text(ceiling.mean), "noise ceiling", false);
  return out + "</div>\n";
}

std::string headline_section(const Evaluation& evaluation) {
  using score_section_detail::counted;
  using score_section_detail::interval;
  using score_section_detail::method_head;
  using score_section_detail::summary_values;
  using score_section_detail::value_class;
  using score_section_detail::Values;
  HtmlTable table(method_head(evaluation, "metric"));
  for (const std::string& metric : evaluation.metrics()) {
    const Values values = summary_values(evaluation, metric);
    const std::set<std::string> best = best_methods(values, metric);
    std::vector<HtmlCell> row = {text_cell(metric_label(metric))};
    for (const auto& [method, value] : values) {
      HtmlCell cell = text_cell(score_text(value), value_class(method, best));
      const std::string spread = interval(evaluation.summary_of(method, metric));
      if (!spread.empty() && method != "ceiling") cell.content += "<span class=\"interval\">" + spread + "</span>";
      row.push_back(std::move(cell));
    }
    table.add_row(std::move(row));
  }
  std::string note =
      "The best prediction of a row is set in colour; ceiling is what the noise of the true cells allows.";
  if (!evaluation.contexts.empty())
    note = "Mean over " + counted(evaluation) + ", 95 % bootstrap interval below. " + note;
  return "<h2>Scores</h2>\n<p class=\"note\">" + note + "</p>\n<div class=\"card\">" + table.markup() + "</div>\n";
}

std::string context_section(const Evaluation& evaluation, bool live) {
  using score_section_detail::method_head;
  using score_section_detail::value_class;
  using score_section_detail::Values;
  if (evaluation.contexts.empty()) return {};
  std::string out = "<section>\n<h2>Each context</h2>\n" + method_legend(evaluation.methods());
  if (evaluation.contexts.size() > kScoreChartRows) {
    out += "<p class=\"note\">The charts show the first " + std::to_string(kScoreChartRows) + " of " +
           std::to_string(evaluation.contexts.size()) + " contexts, the tables all.</p>\n";
  }
  const std::vector<std::string> metrics = evaluation.metrics();
  out += "<div class=\"grid wide\">";
  for (std::size_t i = 0; i < std::min<std::size_t>(4, metrics.size()); ++i) {
    const Figure chart = score_chart(evaluation, metrics[i]);
    if (!chart.empty()) {
      out += "<div class=\"card\"><h3>" + escape_html(metric_label(metrics[i])) + "</h3>" + figure_markup(chart, live) +
             "</div>\n";
    }
  }
  out += "</div>\n</section>\n";
  std::string tables;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    HtmlTable table(method_head(evaluation, "context"));
    for (const ContextEvaluation& context : evaluation.contexts) {
      Values values;
      for (const std::string& method : evaluation.methods())
        values.emplace_back(method, score_of(context, method, metrics[i]));
      const std::set<std::string> best = best_methods(values, metrics[i]);
      std::vector<HtmlCell> row = {text_cell(to_string(context.context))};
      row.front().content += "<span class=\"interval\">" + std::string(context.held_out ? "held out" : "training") +
                             ", " + std::to_string(context.n_true) + " true cells" +
                             (context.n_learned > 0 ? ", learned from " + std::to_string(context.n_learned) : "") +
                             "</span>";
      for (const auto& [method, value] : values) row.push_back(text_cell(score_text(value), value_class(method, best)));
      table.add_row(std::move(row));
    }
    tables += "<h3>" + escape_html(metric_label(metrics[i])) + "</h3>" + table.markup();
  }
  return out + foldable("Every metric of every context", tables, false);
}

std::string metric_notes(const Evaluation& evaluation) {
  HtmlTable table({text_cell("metric"), text_cell("what it is"), text_cell("better")});
  for (const std::string& name : evaluation.metrics()) {
    if (!is_metric(name)) continue;
    const Metric metric = make_metric(name);
    const char* better = metric.direction == Direction::kHigherIsBetter  ? "higher"
                         : metric.direction == Direction::kLowerIsBetter ? "lower"
                                                                         : "neither";
    table.add_row({text_cell(name), text_cell(metric.summary), text_cell(better)});
  }
  return foldable("Metrics", table.markup(), false);
}

}  // namespace brenier::train
