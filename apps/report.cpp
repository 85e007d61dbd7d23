// brenier report RUN|MODEL.pt --output R.html: the page of a run, drawn anew.
#include "train/report/report.h"

#include <memory>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/log.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace report_detail {

struct Options {
  std::string target;
  std::string data;
  std::string output;
};

void report(const Options& options) {
  TerminalReporter reporter;
  const auto opened = open_run_or_model(options.target, options.data, reporter);
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
  app->add_option("-o,--output", options->output, "The page (.html)")->required();
  app->footer("Example:\n  brenier report runs/kang_condot --output kang.html");
  app->callback([options] { report_detail::report(*options); });
}

}  // namespace brenier::apps
