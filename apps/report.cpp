// brenier report RUN|MODEL.pt --output R.html: the page of a run, drawn anew; or one figure of it.
// brenier report RUN RUN... --output R.html: several runs side by side, from what their folders hold.
#include "train/report/report.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/log.h"
#include "train/report/map_chart.h"
#include "train/report/run_comparison.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace report_detail {

struct Options {
  std::vector<std::string> targets;
  std::string data;
  std::string output;
  std::string figure;
  bool still = false;
};

void compare(const Options& options) {
  if (!options.data.empty() || !options.figure.empty()) {
    throw Error(ErrorKind::kUsage, "several runs are compared by the scores in their folders")
        .found(options.data.empty() ? "--figure" : "--data")
        .expected("one run with this option, or several runs without it");
  }
  const auto runs = brenier::train::read_compared_runs(
      std::vector<std::filesystem::path>(options.targets.begin(), options.targets.end()));
  write_atomically(options.output, brenier::train::render_comparison(runs, !options.still));
  print(options.output + "\n");
}

void report(const Options& options) {
  if (options.targets.size() > 1) return compare(options);
  TerminalReporter reporter;
  const auto opened = open_run_or_model(options.targets.front(), options.data, reporter);
  const auto held_out = brenier::train::prepare_held_out(opened.settings, opened.prepared, *opened.model, reporter);
  if (!options.figure.empty()) {
    const auto maps = brenier::train::map_contexts(opened.prepared, held_out);
    write_atomically(options.output, brenier::train::map_figure(maps, opened.prepared.table.var.index));
    print(options.output + "\n");
    return;
  }
  auto evaluation =
      brenier::train::evaluate_held_out(opened.settings, opened.prepared, *opened.model, held_out, reporter);
  auto input = brenier::train::report_input(opened.settings, opened.prepared, *opened.model, held_out,
                                            std::move(evaluation), opened.history);
  input.interactive = !options.still;
  brenier::train::write_report(options.output, input);
  print(options.output + "\n");
}

}  // namespace report_detail

void add_report(CLI::App& root) {
  auto options = std::make_shared<report_detail::Options>();
  auto* app =
      root.add_subcommand("report", "Write the report page of a run or a model: one HTML file without network access");
  app->add_option("run", options->targets, "A run folder or a model file; several run folders: side by side")
      ->required();
  app->add_option("--data", options->data,
                  "Other data of the same form (.h5ad); the data of the training when not given");
  app->add_option("-o,--output", options->output, "The page (.html), or the figure (.svg)")->required();
  app->add_option("--figure", options->figure,
                  "Only this figure, as an .svg file: maps (control, predicted and true cells of every context, for "
                  "data with two features)")
      ->check(CLI::IsMember({"maps"}));
  app->add_flag("--still", options->still, "Without scripts: a small page whose charts do not answer");
  app->footer(
      "Examples:\n  brenier report runs/kang_condot --output kang.html\n"
      "  brenier report runs/a runs/b runs/c --output comparison.html\n  "
      "brenier report runs/condot_gaussians --figure maps --output maps.svg");
  app->callback([options] { report_detail::report(*options); });
}

}  // namespace brenier::apps
