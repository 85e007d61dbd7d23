// brenier train CONFIG: one experiment in a run folder.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "apps/command.h"
#include "core/compute.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text_table.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace train_detail {

struct Options {
  std::string config;
  std::vector<std::string> overrides;
  std::string out;
  bool resume = false;
  bool overwrite = false;
  bool json = false;
};

void train(const Options& options) {
  TerminalReporter reporter;
  const auto settings = brenier::train::load_experiment(options.config, options.overrides);
  apply_compute(settings.compute);
  const auto out =
      options.out.empty() ? std::filesystem::path("runs") / settings.name : std::filesystem::path(options.out);
  using Mode = brenier::train::RunFolder::Mode;
  const auto mode = options.overwrite ? Mode::kOverwrite : options.resume ? Mode::kResume : Mode::kNew;
  const auto folder = brenier::train::RunFolder::open(out, mode, brenier::train::resolved_json(settings));
  const auto evaluation = brenier::train::run_experiment(settings, folder, reporter);
  if (options.json) {
    print_json(brenier::train::to_json(evaluation));
  } else {
    print(brenier::train::evaluation_table(evaluation, evaluation.contexts.size() > 1) +
          "\nreport: " + folder.report().string() + "\nmodel:  " + folder.model().string() + "\n");
  }
}

}  // namespace train_detail

void add_train(CLI::App& root) {
  auto options = std::make_shared<train_detail::Options>();
  auto* app = root.add_subcommand("train", "Train the model of a config and score it on the held-out contexts");
  app->add_option("config", options->config, "The experiment (JSON)")->required();
  app->add_option("-s,--set", options->overrides, "a.b=value sets, +a.b=value adds, ~a.b removes (repeatable)")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
  app->add_option("--out", options->out, "Run folder; runs/<name> when not given");
  auto* resume = app->add_flag("--resume", options->resume, "Continue the run in the folder from its last checkpoint");
  app->add_flag("--overwrite", options->overwrite, "Delete the run in the folder first")->excludes(resume);
  app->add_flag("--json", options->json, "Print the evaluation as JSON");
  app->footer(
      "Examples:\n"
      "  brenier train configs/experiment/kang_condot.json -s data.path=kang.h5ad\n"
      "  brenier train my.json -s model.steps=500 -s 'model.potential.hidden=[128,128]' --out runs/wide\n"
      "  brenier train my.json --out runs/wide --resume");
  app->callback([options] { train_detail::train(*options); });
}

}  // namespace brenier::apps
