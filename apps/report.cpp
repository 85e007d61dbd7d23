// brenier report RUN|MODEL.pt --output R.html: the page of a run, drawn anew; or one figure of it.
#include "train/report/report.h"

#include <memory>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/io/atomic_file.h"
#include "core/log.h"
#include "train/report/map_chart.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace report_detail {

struct Options {
  std::string target;
  std::string data;
  std::string output;
  std::string figure;
};

void report(const Options& options) {
  TerminalReporter reporter;
  const auto opened = open_run_or_model(options.target, options.data, reporter);
  if (!options.figure.empty()) {
    const auto maps = brenier::train::map_contexts(opened.prepared, *opened.model);
    write_atomically(options.output, brenier::train::map_figure(maps, opened.prepared.table.var.index));
    print(options.output + "\n");
    return;
  }
  auto evaluation = brenier::train::evaluate_held_out(opened.settings, opened.prepared, *opened.model, reporter);
  brenier::train::write_report(options.output,
                               brenier::train::report_input(opened.settings, opened.prepared, *opened.model,
                                                            std::move(evaluation), opened.history));
  print(options.output + "\n");
}

}  // namespace report_detail

void add_report(CLI::App& root) {
  auto options = std::make_shared<report_detail::Options>();
  auto* app =
      root.add_subcommand("report", "Write the report page of a run or a model: one HTML file without network access");
  app->add_option("run", options->target, "A run folder or a model file")->required();
  app->add_option("--data", options->data,
                  "Other data of the same form (.h5ad); the data of the training when not given");
  app->add_option("-o,--output", options->output, "The page (.html), or the figure (.svg)")->required();
  app->add_option("--figure", options->figure,
                  "Only this figure, as an .svg file: maps (control, predicted and true cells of every context, for "
                  "data with two features)")
      ->check(CLI::IsMember({"maps"}));
  app->footer(
      "Examples:\n  brenier report runs/kang_condot --output kang.html\n"
      "  brenier report runs/condot_gaussians --figure maps --output maps.svg");
  app->callback([options] { report_detail::report(*options); });
}

}  // namespace brenier::apps
