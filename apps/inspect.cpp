// brenier inspect FILE: what an .h5ad file, a model file or a run folder holds.
#include <filesystem>
#include <fstream>
#include <memory>

#include "apps/command.h"
#include "apps/inspect_h5ad.h"
#include "apps/inspect_model.h"
#include "core/error.h"
#include "runtime/model_file.h"
#include "train/evaluation/evaluation.h"
#include "train/run_folder.h"

namespace brenier::apps {
namespace inspect_detail {

struct Options {
  std::string target;
  bool json = false;
};

bool starts_with(const std::filesystem::path& path, const std::string& magic) {
  std::ifstream file(path, std::ios::binary);
  std::string head(magic.size(), '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  return file && head == magic;
}

void inspect_model(const Options& options) {
  const auto info = runtime::read_model_info(options.target);
  if (options.json) return print_json(model_card_json(info, options.target));
  print(with_context(options.target, [&] { return model_card(info, options.target); }));
}

void inspect_run(const Options& options) {
  namespace train = brenier::train;
  const std::filesystem::path run = options.target;
  const auto state = train::RunFolder::inspect(run);
  if (state != train::RunFolder::State::kFinished && state != train::RunFolder::State::kUnfinished) {
    throw Error(ErrorKind::kData, "this folder is no run")
        .at(options.target)
        .expected("a run folder, an .h5ad file or a model file");
  }
  const bool finished = state == train::RunFolder::State::kFinished;
  if (!finished) {
    if (options.json) return print_json({{"run", options.target}, {"finished", false}});
    return print(options.target + ": unfinished run; 'brenier train CONFIG --out " + options.target +
                 " --resume' continues it\n");
  }
  const auto evaluation = train::read_evaluation(run / "evaluation.json");
  if (options.json) {
    nlohmann::ordered_json json{{"run", options.target}, {"finished", true}};
    json["evaluation"] = train::to_json(evaluation);
    return print_json(json);
  }
  print(options.target + ": finished run\n\n" + train::evaluation_table(evaluation, evaluation.contexts.size() > 1));
}

void inspect(const Options& options) {
  const std::filesystem::path path = options.target;
  if (!std::filesystem::exists(path)) {
    throw Error(ErrorKind::kData, "no such file")
        .at(options.target)
        .expected("an .h5ad file, a model file or a run folder");
  }
  if (std::filesystem::is_directory(path)) return inspect_run(options);
  if (starts_with(path, "PK")) return inspect_model(options);  // a TorchScript archive is a zip file
  const auto summary = data::summarize(path);
  if (options.json) return print_json(to_json(summary));
  print(to_text(summary));
}

}  // namespace inspect_detail

void add_inspect(CLI::App& root) {
  auto options = std::make_shared<inspect_detail::Options>();
  auto* app = root.add_subcommand("inspect", "Say what an .h5ad file, a model file or a run folder holds");
  app->add_option("file", options->target, "An .h5ad file, a model file (.pt) or a run folder")->required();
  app->add_flag("--json", options->json, "Print it as JSON");
  app->footer("Examples:\n  brenier inspect cells.h5ad\n  brenier inspect runs/kang_condot/model.pt --json");
  app->callback([options] { inspect_detail::inspect(*options); });
}

}  // namespace brenier::apps
