// brenier evaluate RUN|MODEL.pt: scores on held-out contexts beside the baselines and the noise ceiling.
// brenier evaluate --predicted P.h5ad --true T.h5ad: the same of predictions that any tool made.
#include <memory>
#include <vector>

#include "apps/command.h"
#include "apps/run_or_model.h"
#include "core/compute.h"
#include "core/error.h"
#include "core/log.h"
#include "train/evaluation/predicted_file.h"
#include "train/metric/metric_sets.h"
#include "train/run_experiment.h"

namespace brenier::apps {
namespace evaluate_detail {

struct Options {
  std::string target;
  std::string data;
  std::string file;
  std::string csv;
  bool json = false;
  std::vector<std::string> metrics;
  std::int64_t cell_bootstrap = -1;
  std::int64_t cell_level = -1;
  std::int64_t threads = 0;
  brenier::train::PredictedFileSettings files;
};

void choose(const Options& options, brenier::train::EvaluateSettings& settings) {
  if (!options.metrics.empty()) settings.metrics = brenier::train::expand_metrics(options.metrics);
  if (options.cell_bootstrap >= 0) settings.cell_bootstrap = options.cell_bootstrap;
  if (options.cell_level >= 0) settings.cell_level = options.cell_level;
}

brenier::train::Evaluation of_files(const Options& options, Reporter& reporter) {
  const auto& files = options.files;
  if (files.predicted.empty() || files.truth.empty() || !options.target.empty() || !options.data.empty()) {
    throw Error(ErrorKind::kUsage, "two files are compared by --predicted and --true together, without a run or model")
        .at("brenier evaluate")
        .expected("RUN or MODEL.pt, or both --predicted P.h5ad and --true T.h5ad");
  }
  ComputeSettings compute;
  compute.threads = options.threads;
  apply_compute(compute);
  auto settings = files;
  choose(options, settings.evaluate);
  return brenier::train::evaluate_predicted_file(settings, reporter);
}

brenier::train::Evaluation of_model(const Options& options, Reporter& reporter) {
  if (options.target.empty()) {
    throw Error(ErrorKind::kUsage, "there is nothing to evaluate")
        .at("brenier evaluate")
        .expected("RUN or MODEL.pt, or both --predicted P.h5ad and --true T.h5ad");
  }
  // A wrong name is said before anything is read.
  if (!options.metrics.empty()) (void)brenier::train::expand_metrics(options.metrics);
  auto opened = open_run_or_model(options.target, options.data, reporter);
  choose(options, opened.settings.evaluate);
  return brenier::train::evaluate_held_out(opened.settings, opened.prepared, *opened.model, reporter);
}

void evaluate(const Options& options) {
  TerminalReporter reporter;
  const bool files = !options.files.predicted.empty() || !options.files.truth.empty();
  const auto evaluation = files ? of_files(options, reporter) : of_model(options, reporter);
  if (!options.file.empty()) brenier::train::write_evaluation(options.file, evaluation);
  if (!options.csv.empty()) brenier::train::write_evaluation_csv(options.csv, evaluation);
  if (options.json) {
    print_json(brenier::train::to_json(evaluation));
  } else {
    print(brenier::train::evaluation_table(evaluation, /*per_context=*/true));
  }
}

void add_files(CLI::App& app, Options& options) {
  auto& files = options.files;
  const std::string group = "Two files";
  app.add_option("--predicted", files.predicted, "Predicted cells of any tool (.h5ad)")->group(group);
  app.add_option("--true", files.truth, "Measured cells, control cells among them (.h5ad)")->group(group);
  app.add_option("--preset", files.perturbation.preset, "Columns by convention: none, scperturb, gears, cpa, cell_eval")
      ->check(CLI::IsMember({"none", "scperturb", "gears", "cpa", "cell_eval"}))
      ->group(group);
  app.add_option("--perturbation-column", files.perturbation.perturbation_column, "Column of obs with the perturbation")
      ->group(group);
  app.add_option("--control", files.perturbation.controls, "Label of control cells (repeatable)")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--delimiter", files.perturbation.delimiter,
                 "Between the parts of a combination; 'none': labels are never split")
      ->group(group);
  app.add_option("--dose-column", files.perturbation.dose_columns, "Column of obs with doses (repeatable)")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--covariate", files.perturbation.covariates,
                 "Column of obs that is part of a condition: cell_type (repeatable)")
      ->allow_extra_args(false)
      ->group(group);
  app.add_option("--matrix", files.matrix, "X, layers/NAME or raw/X")->group(group);
  app.add_option("--gene-column", files.gene_column, "Column of var with the gene names; the index when not given")
      ->group(group);
  app.add_flag("--own-control", files.own_control,
               "Take predicted effects from the control cells of the predicted file, as cell-eval does")
      ->group(group);
  app.add_option("--seed", files.seed, "Of everything random")->group(group);
  app.add_option("--threads", options.threads, "0: all cores")->check(CLI::NonNegativeNumber)->group(group);
}

}  // namespace evaluate_detail

void add_evaluate(CLI::App& root) {
  auto options = std::make_shared<evaluate_detail::Options>();
  auto* app = root.add_subcommand(
      "evaluate", "Score a run, a model or a file of predicted cells, beside baselines and noise ceiling");
  app->add_option("run", options->target, "A run folder or a model file");
  app->add_option("--data", options->data,
                  "Other data of the same form (.h5ad); the data of the training when not given");
  app->add_option(
         "--metrics", options->metrics,
         "Metrics and sets of them, with commas: default, cell_eval, perturbench, cellot, gears, all, r2_mean, ...")
      ->delimiter(',');
  app->add_option("--cell-bootstrap", options->cell_bootstrap,
                  "Resamples of the cells behind an interval for each score of a context; 0: none")
      ->check(CLI::NonNegativeNumber);
  app->add_option("--cell-level", options->cell_level, "Level of those intervals in percent")
      ->check(CLI::Range(50, 99));
  app->add_option("--file", options->file, "Also write the evaluation to this JSON file");
  app->add_option("--csv", options->csv, "Also write every number to this CSV file");
  app->add_flag("--json", options->json, "Print the evaluation as JSON");
  evaluate_detail::add_files(*app, *options);
  app->footer(
      "Examples:\n"
      "  brenier evaluate runs/kang_condot\n"
      "  brenier evaluate model.pt --data other_study.h5ad --metrics default,cell_eval --json\n"
      "  brenier evaluate --predicted predicted.h5ad --true measured.h5ad --perturbation-column condition\n"
      "      --control ctrl --covariate cell_type --csv scores.csv");
  app->callback([options] { evaluate_detail::evaluate(*options); });
}

}  // namespace brenier::apps
