#include "train/report/report.h"

#include <algorithm>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/shape.h"
#include "train/evaluation/presentation.h"
#include "train/metric/comparison.h"
#include "train/report/cell_chart.h"
#include "train/report/gene_table.h"
#include "train/report/history.h"
#include "train/report/html.h"
#include "train/report/loss_chart.h"
#include "train/report/map_chart.h"
#include "train/report/mean_chart.h"
#include "train/report/mechanism_section.h"
#include "train/report/page_script.h"
#include "train/report/score_section.h"
#include "train/report/style.h"

namespace brenier::train {
namespace report_detail {

constexpr std::size_t kDrawnContexts = 24;
constexpr std::size_t kOpenContexts = 2;
constexpr std::int64_t kTableGenes = 15;

std::string card(const std::string& title, const std::string& markup, const std::string& note) {
  return "<div class=\"card\"><h3>" + escape_html(title) + "</h3>" + markup +
         (note.empty() ? "" : "<p class=\"note\">" + escape_html(note) + "</p>") + "</div>\n";
}

// "300 of 4128 control cells"; empty when all are drawn.
std::string thinned(std::int64_t all, std::int64_t most, const std::string& what) {
  if (all <= most) return {};
  const std::int64_t step = (all + most - 1) / most;
  return std::to_string((all + step - 1) / step) + " of " + std::to_string(all) + " " + what;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) {
    if (!part.empty()) out += (out.empty() ? " Drawn: " : ", ") + part;
  }
  return out.empty() ? out : out + ".";
}

std::string population_legend(const char* style) {
  std::string out = std::string("<ul class=\"legend") + style + "\">";
  for (const char* name : {"control", "predicted", "true"}) {
    out += std::string("<li data-name=\"") + name + "\"><span class=\"key key-" + name + "\"></span>" + name + "</li>";
  }
  return out + "</ul>";
}

std::string training_section(const std::filesystem::path& history, bool live) {
  if (history.empty() || !std::filesystem::exists(history)) return {};
  std::string charts;
  for (const Curve& curve : read_history(history)) {
    const Figure chart = loss_chart(curve);
    if (chart.empty()) continue;
    const std::string what = curve.validation ? "validation " + metric_label(curve.name) : curve.name;
    const std::string stage = curve.stage.empty() ? "" : "stage " + curve.stage;
    charts += card(what, figure_markup(chart, live), stage + (curve.best_step < 0.0 ? "" : "; the best is marked"));
  }
  if (charts.empty()) return {};
  return "<h2>Training</h2>\n<p class=\"note\">Over the steps of the run; the band spans the values behind each "
         "point.</p>\n<div class=\"grid\">" +
         charts + "</div>\n";
}

std::string context_cells(const ReportContext& context, const std::vector<std::string>& genes, bool open, bool live) {
  const std::string name = to_string(context.context);
  return with_context("drawing context '" + name + "'", [&] {
    ShapeLetters letters({{"G", static_cast<std::int64_t>(genes.size())}});
    letters.check(context.control, "control", "[N, G]");
    letters.check(context.predicted, "predicted", "[_, G]");
    letters.check(context.truth, "truth", "[M, G]");
    const Comparison comparison(context.control, context.predicted, context.truth);
    const std::string body =
        "<div class=\"grid\">" +
        card(
            "Gene means", figure_markup(mean_chart(comparison, genes), live),
            "Stems start at the control mean; a right prediction ends on the diagonal." +
                joined({thinned(static_cast<std::int64_t>(genes.size()), kDrawnGenes, "genes and the most changed")})) +
        card("Cells",
             figure_markup(cell_chart(context.control, context.predicted, context.truth), live) + population_legend(""),
             "Principal components of control and true cells." +
                 joined({thinned(context.control.size(0), kDrawnCells, "control cells"),
                         thinned(context.predicted.size(0), kDrawnCells, "predicted cells"),
                         thinned(context.truth.size(0), kDrawnCells, "true cells")})) +
        card("Most changed genes", gene_table(comparison, genes, kTableGenes), "Change of the mean from control.") +
        "</div>";
    return foldable(name + (context.held_out ? "  ·  held out" : "  ·  training"), body, open);
  });
}

std::string maps_section(const ReportInput& input, bool live) {
  if (input.maps.empty()) return {};
  return "<h2>Maps</h2>\n<div class=\"card\">" + (live ? population_legend(" scripted-only") : "") +
         figure_markup(map_chart(input.maps, input.genes), live) +
         "<p class=\"note\">Where the model moves control cells, in every context.</p></div>\n";
}

std::string cells_section(const ReportInput& input, bool live) {
  if (input.contexts.empty()) return {};
  std::string out = "<h2>Predicted cells</h2>\n";
  const std::size_t count = std::min(kDrawnContexts, input.contexts.size());
  if (count < input.contexts.size()) {
    out += "<p class=\"note\">The first " + std::to_string(count) + " of " + std::to_string(input.contexts.size()) +
           " contexts are drawn.</p>\n";
  }
  for (std::size_t i = 0; i < count; ++i) out += context_cells(input.contexts[i], input.genes, i < kOpenContexts, live);
  return out;
}

std::string setup_section(const ReportInput& input) {
  std::string out = "<h2>Setup</h2>\n" + metric_notes(input.evaluation);
  if (!input.config.is_null()) {
    // Texts in a config may hold bytes that are no UTF-8: they become U+FFFD.
    const std::string config = input.config.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    out += foldable("Config", "<pre>" + escape_html(config) + "</pre>", false);
  }
  if (!input.versions.empty()) {
    HtmlTable table({text_cell("part"), text_cell("version")});
    for (const auto& [part, version] : input.versions) table.add_row({text_cell(part), text_cell(version)});
    out += foldable("Versions", table.markup(), false);
  }
  return out;
}

}  // namespace report_detail

std::string render_report(const ReportInput& input) {
  const bool live = input.interactive && can_draw_live();
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
      page_policy(live) + "<title>" + escape_html(input.title) + "</title>\n<style>" + report_style() +
      "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>" + escape_html(input.title) + "</h1>\n";
  if (!input.subtitle.empty()) out += "<p class=\"muted\">" + escape_html(input.subtitle) + "</p>\n";
  out += verdict_section(input.evaluation) + page_hint(live) + "</header>\n";
  out += headline_section(input.evaluation);
  out += context_section(input.evaluation, live);
  out += report_detail::maps_section(input, live);
  if (input.mechanisms) out += mechanism_section(*input.mechanisms, input.genes, live);
  out += report_detail::cells_section(input, live);
  out += report_detail::training_section(input.history, live);
  out += report_detail::setup_section(input);
  const auto brenier = std::find_if(input.versions.begin(), input.versions.end(),
                                    [](const auto& item) { return item.first == "brenier"; });
  out += "<footer>Made by Brenier" + (brenier == input.versions.end() ? "" : " " + escape_html(brenier->second)) +
         ". This page holds all it shows and loads nothing" + (live ? "" : "; it runs no script") +
         ".</footer>\n</main>\n" + page_scripts(live) + "</body>\n</html>\n";
  return out;
}

void write_report(const std::filesystem::path& path, const ReportInput& input) {
  write_atomically(path, render_report(input));
}

}  // namespace brenier::train
