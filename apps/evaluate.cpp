// brenier evaluate RUN|MODEL.pt: scores on held-out contexts beside the baselines and the noise ceiling.
#include <memory>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/log.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace evaluate_detail {

struct Options {
  std::string target;
  std::string data;
  std::string file;
  bool json = false;
};

void evaluate(const Options& options) {
  TerminalReporter reporter;
  const auto opened = open_run_or_model(options.target, options.data, reporter);
  const auto evaluation = brenier::train::evaluate_held_out(opened.settings, opened.prepared, *opened.model, reporter);
  if (!options.file.empty()) brenier::train::write_evaluation(options.file, evaluation);
  if (options.json) {
    print_json(brenier::train::to_json(evaluation));
  } else {
    print(brenier::train::evaluation_table(evaluation, /*per_context=*/true));
  }
}

}  // namespace evaluate_detail

void add_evaluate(CLI::App& root) {
  auto options = std::make_shared<evaluate_detail::Options>();
  auto* app = root.add_subcommand("evaluate",
                                  "Score a run or a model on held-out contexts, beside baselines and noise ceiling");
  app->add_option("run", options->target, "A run folder or a model file")->required();
  app->add_option("--data", options->data,
                  "Other data of the same form (.h5ad); the data of the training when not given");
  app->add_option("--file", options->file, "Also write the evaluation to this JSON file");
  app->add_flag("--json", options->json, "Print the evaluation as JSON");
  app->footer(
      "Examples:\n"
      "  brenier evaluate runs/kang_condot\n"
      "  brenier evaluate model.pt --data other_study.h5ad --json");
  app->callback([options] { evaluate_detail::evaluate(*options); });
}

}  // namespace brenier::apps
