// brenier export RUN --output MODEL.pt: the model of a run, also of one that is unfinished.
#include "train/export.h"

#include <filesystem>
#include <memory>

#include "apps/command.h"
#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "core/log.h"
#include "train/model_card.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::apps {
namespace export_detail {

struct Options {
  std::string run;
  std::string output;
};

void export_run(const Options& options) {
  TerminalReporter reporter;
  const std::filesystem::path run = options.run;
  if (!std::filesystem::exists(run / "config.json")) {
    throw Error(ErrorKind::kData, "this is no run folder")
        .at(run.string())
        .expected("a folder with config.json and checkpoints/");
  }
  const auto finished = run / "model.pt";
  if (std::filesystem::exists(finished)) {  // the archive of a run that was trained to its end
    write_atomically(options.output, read_file(finished));
  } else {
    const auto text = read_file(run / "config.json");
    const auto settings = brenier::train::experiment_from_json(
        parse_json(text, (run / "config.json").string(), ErrorKind::kData), (run / "config.json").string());
    const auto prepared = brenier::train::prepare_data(settings, reporter);
    const auto trained =
        brenier::train::load_trained(settings, brenier::train::TableView(prepared).task(), run, reporter);
    const auto metrics = brenier::train::model_metrics(trained.state, nullptr);
    brenier::train::export_model(
        *trained.model, brenier::train::describe_trained(settings, prepared, *trained.model, metrics), options.output);
  }
  print(options.output + "\n");
}

}  // namespace export_detail

void add_export(CLI::App& root) {
  auto options = std::make_shared<export_detail::Options>();
  auto* app = root.add_subcommand("export", "Write the model of a run as one TorchScript file");
  app->add_option("run", options->run, "The run folder")->required();
  app->add_option("-o,--output", options->output, "The model file (.pt)")->required();
  app->footer("Example:\n  brenier export runs/kang_condot --output kang.pt");
  app->callback([options] { export_detail::export_run(*options); });
}

}  // namespace brenier::apps
