#include "train/report/run_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "train/evaluation/presentation.h"
#include "train/report/curve_overlay.h"
#include "train/report/html.h"
#include "train/report/method_mark.h"
#include "train/report/page_script.h"
#include "train/report/score_section.h"
#include "train/report/style.h"

namespace brenier::train {
namespace run_comparison_detail {

std::set<std::string> held_out_names(const Evaluation& evaluation) {
  std::set<std::string> names;
  for (const auto& context : evaluation.contexts) {
    if (context.held_out) names.insert(to_string(context.context));
  }
  return names;
}

std::string missing_in(const std::set<std::string>& some, const std::set<std::string>& others) {
  std::string text;
  for (const auto& name : some) {
    if (!others.contains(name)) text += (text.empty() ? "" : "; ") + name;
  }
  return text.empty() ? "none" : text;
}

void check_same_contexts(const std::vector<ComparedRun>& runs) {
  const auto first = held_out_names(runs.front().evaluation);
  for (const auto& run : runs) {
    const auto names = held_out_names(run.evaluation);
    if (names == first) continue;
    throw Error(ErrorKind::kData, "the runs were judged on different held-out contexts, so their scores do not compare")
        .at(runs.front().name + " and " + run.name)
        .found("only in " + runs.front().name + ": " + missing_in(first, names) + "\n            only in " + run.name +
               ": " + missing_in(names, first))
        .expected("runs with one split");
  }
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

// Whether a baseline has the same mean of every metric in all runs.
bool same_everywhere(const std::vector<ComparedRun>& runs, const std::string& method) {
  return std::all_of(runs.begin(), runs.end(), [&](const ComparedRun& run) {
    for (const auto& metric : runs.front().evaluation.metrics()) {
      if (!same(run.evaluation.summary_of(method, metric).mean,
                runs.front().evaluation.summary_of(method, metric).mean)) {
        return false;
      }
    }
    return true;
  });
}

// Where a method of the merged evaluation comes from.
struct Source {
  std::string name;  // in the merged evaluation
  std::size_t run;
  std::string method;
};

std::vector<Source> sources_of(const std::vector<ComparedRun>& runs) {
  std::vector<Source> sources;
  for (std::size_t k = 0; k < runs.size(); ++k) sources.push_back({run_method(k, runs[k].name), k, "model"});
  std::vector<std::string> baselines;
  for (const auto& run : runs) {
    for (const auto& method : run.evaluation.methods()) {
      const bool known = std::find(baselines.begin(), baselines.end(), method) != baselines.end();
      if (method != "model" && method != "ceiling" && !known) baselines.push_back(method);
    }
  }
  for (const auto& baseline : baselines) {
    if (same_everywhere(runs, baseline)) {
      sources.push_back({baseline, 0, baseline});
      continue;
    }
    for (std::size_t k = 0; k < runs.size(); ++k) {
      const auto methods = runs[k].evaluation.methods();
      if (std::find(methods.begin(), methods.end(), baseline) == methods.end()) continue;
      sources.push_back({baseline + " of run " + std::to_string(k + 1), k, baseline});
    }
  }
  sources.push_back({"ceiling", 0, "ceiling"});
  return sources;
}

// "a.b[0]" -> text of every leaf.
void flatten(const nlohmann::ordered_json& json, const std::string& path, std::map<std::string, std::string>& leaves) {
  if (json.is_object() && !json.empty()) {
    for (const auto& [key, value] : json.items()) flatten(value, path.empty() ? key : path + "." + key, leaves);
  } else {
    leaves[path] = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }
}

std::string training_section(const std::vector<ComparedRun>& runs, bool live) {
  std::vector<CurveKey> keys;
  for (const auto& run : runs) {
    for (const auto& curve : run.curves) {
      const CurveKey key{curve.stage, curve.name, curve.validation};
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
  }
  std::string charts;
  for (const auto& key : keys) {
    const Figure figure = curve_overlay(runs, key);
    if (figure.empty()) continue;
    charts += "<div class=\"card\"><h3>" +
              escape_html(key.validation ? "validation " + metric_label(key.name) : key.name) + "</h3>" +
              figure_markup(figure, live) +
              (key.stage.empty() ? "" : "<p class=\"note\">stage " + escape_html(key.stage) + "</p>") + "</div>\n";
  }
  if (charts.empty()) return {};
  std::vector<std::string> methods;
  for (std::size_t k = 0; k < runs.size(); ++k) methods.push_back(run_method(k, runs[k].name));
  return "<section>\n<h2>Training</h2>\n" + method_legend(methods) + "<div class=\"grid\">" + charts +
         "</div>\n</section>\n";
}

std::string config_section(const std::vector<ComparedRun>& runs) {
  std::vector<HtmlCell> head{text_cell("setting")};
  for (std::size_t k = 0; k < runs.size(); ++k) head.push_back(text_cell(run_method(k, runs[k].name)));
  HtmlTable table(std::move(head));
  const auto differences = config_differences(runs);
  for (const auto& [path, values] : differences) {
    std::vector<HtmlCell> row{text_cell(path)};
    for (const auto& value : values) row.push_back(text_cell(shortened(value, 60)));
    table.add_row(std::move(row));
  }
  return "<h2>Where the configs differ</h2>\n" + (differences.empty()
                                                      ? "<p class=\"note\">Nowhere: all values are the same.</p>\n"
                                                      : "<div class=\"card\">" + table.markup() + "</div>\n");
}

}  // namespace run_comparison_detail

ComparedRun read_compared_run(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / "evaluation.json")) {
    throw Error(ErrorKind::kData, "a run to compare has no evaluation")
        .at(folder.string())
        .expected("a run folder with evaluation.json")
        .hint("'brenier evaluate' and the end of 'brenier train' write it");
  }
  ComparedRun run;
  const auto plain = folder.has_filename() ? folder : folder.parent_path();
  run.name = plain.filename().string();
  run.evaluation = read_evaluation(folder / "evaluation.json");
  if (std::filesystem::exists(folder / "metrics.jsonl")) run.curves = read_history(folder / "metrics.jsonl");
  if (std::filesystem::exists(folder / "config.json")) {
    run.config = parse_json(read_file(folder / "config.json"), (folder / "config.json").string());
  }
  return run;
}

std::vector<ComparedRun> read_compared_runs(const std::vector<std::filesystem::path>& folders) {
  std::vector<ComparedRun> runs;
  std::map<std::string, int> uses;
  for (const auto& folder : folders) ++uses[runs.emplace_back(read_compared_run(folder)).name];
  for (std::size_t k = 0; k < runs.size(); ++k) {
    if (uses[runs[k].name] > 1) runs[k].name = folders[k].string();
  }
  return runs;
}

Evaluation merged_evaluation(const std::vector<ComparedRun>& runs) {
  using run_comparison_detail::Source;
  if (runs.size() < 2) {
    throw Error(ErrorKind::kUsage, "a comparison needs two runs")
        .found(std::to_string(runs.size()))
        .expected("2 or more");
  }
  run_comparison_detail::check_same_contexts(runs);
  Evaluation merged;
  merged.task = runs.front().evaluation.task;
  merged.split = runs.front().evaluation.split;
  const std::vector<Source> sources = run_comparison_detail::sources_of(runs);
  for (const Source& source : sources) {
    auto& row = merged.summary.emplace_back();
    row.first = source.name;
    for (const auto& metric : runs.front().evaluation.metrics()) {
      row.second.emplace_back(metric, runs[source.run].evaluation.summary_of(source.method, metric));
    }
  }
  for (const auto& first : runs.front().evaluation.contexts) {
    ContextEvaluation context = first;
    context.scores.clear();
    for (const Source& source : sources) {
      const auto& contexts = runs[source.run].evaluation.contexts;
      const auto it = std::find_if(contexts.begin(), contexts.end(),
                                   [&](const ContextEvaluation& one) { return one.context == first.context; });
      if (it == contexts.end()) continue;
      for (const auto& [method, scores] : it->scores) {
        if (method == source.method) context.scores.emplace_back(source.name, scores);
      }
    }
    merged.contexts.push_back(std::move(context));
  }
  return merged;
}

std::vector<std::pair<std::string, std::vector<std::string>>> config_differences(const std::vector<ComparedRun>& runs) {
  std::vector<std::map<std::string, std::string>> leaves(runs.size());
  std::set<std::string> paths;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    if (!runs[k].config.is_null()) run_comparison_detail::flatten(runs[k].config, "", leaves[k]);
    for (const auto& [path, value] : leaves[k]) paths.insert(path);
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> differences;
  for (const auto& path : paths) {
    std::vector<std::string> values;
    for (const auto& one : leaves) values.push_back(one.contains(path) ? one.at(path) : "-");
    const bool differ =
        std::any_of(values.begin(), values.end(), [&](const auto& value) { return value != values[0]; });
    if (differ) differences.emplace_back(path, std::move(values));
  }
  return differences;
}

std::string render_comparison(const std::vector<ComparedRun>& runs, bool interactive) {
  const Evaluation merged = merged_evaluation(runs);
  const bool live = interactive && can_draw_live();
  std::string names;
  for (const auto& run : runs) names += (names.empty() ? "" : ", ") + run.name;
  const std::string title = std::to_string(runs.size()) + " runs side by side";
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         page_policy(live) + "<title>" + escape_html(title) + "</title>\n<style>" + report_style() +
         "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape_html(title) + "</h1>\n<p class=\"muted\">" +
         escape_html(names) + "</p>\n" + page_hint(live) + "</header>\n" + headline_section(merged) +
         context_section(merged, live) + run_comparison_detail::training_section(runs, live) +
         run_comparison_detail::config_section(runs) + "<h2>Setup</h2>\n" + metric_notes(merged) +
         "<footer>Made by Brenier. This page holds all it shows and loads nothing.</footer>\n</main>\n" +
         page_scripts(live) + "</body>\n</html>\n";
}

}  // namespace brenier::train
