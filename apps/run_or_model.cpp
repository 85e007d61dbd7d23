#include "apps/run_or_model.h"

#include <utility>

#include "core/compute.h"
#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/json_text.h"
#include "data/preprocess/preprocess.h"
#include "data/split/marked_cells.h"
#include "runtime/predictor.h"
#include "train/predictor_model.h"
#include "train/run_experiment.h"
#include "train/run_folder.h"

namespace brenier::apps {
namespace run_or_model_detail {

std::filesystem::path model_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return path;
  if (std::filesystem::exists(path / "model.pt")) return path / "model.pt";
  throw Error(ErrorKind::kData, "the run has no model yet")
      .at(path.string())
      .expected("a run folder with model.pt, or a model file")
      .hint("'brenier train CONFIG --out " + path.string() +
            " --resume' finishes a run; 'brenier export' takes its best state so far");
}

// The data as the model saw them: labels and split by the settings, preprocessing from the model file.
brenier::train::PreparedData prepare(const brenier::train::ExperimentSettings& settings, const runtime::ModelInfo& info,
                                     Reporter& reporter) {
  brenier::train::PreparedData prepared;
  prepared.table = brenier::train::read_table(settings.data);
  prepared.contexts = data::label_contexts(prepared.table, settings.data.perturbation);
  prepared.split =
      data::make_split(prepared.contexts, settings.split, data::marked_cells(prepared.table, settings.split));
  data::check_no_leak(prepared.split, prepared.contexts);
  prepared.preprocess = data::preprocess_state_from_json(info.preprocess);
  const auto applied =
      with_context(settings.data.path, [&] { return data::apply_preprocess(prepared.preprocess, prepared.table); });
  for (const auto& warning : applied.warnings) reporter.warn(warning);
  return prepared;
}

// The model as it was trained, where the file that ships it cannot tell all: latent mechanisms.
std::unique_ptr<models::Model> trained_model(const std::filesystem::path& path,
                                             const brenier::train::ExperimentSettings& settings,
                                             const runtime::ModelInfo& info, const models::Task& task,
                                             Reporter& reporter) {
  if (!info.training.value("mechanisms", false) || !std::filesystem::is_directory(path / "checkpoints")) return nullptr;
  return brenier::train::load_trained(settings, task, path, reporter).model;
}

}  // namespace run_or_model_detail

RunOrModel open_run_or_model(const std::filesystem::path& path, const std::string& data, Reporter& reporter) {
  namespace detail = run_or_model_detail;
  const auto file = detail::model_file(path);
  auto predictor = runtime::Predictor::load(file);
  auto settings = brenier::train::experiment_from_json(predictor.info().config, file.string());
  if (!data.empty()) settings.data.path = data;
  apply_compute(settings.compute);
  auto prepared = detail::prepare(settings, predictor.info(), reporter);
  const auto info = predictor.info();
  auto shipped = std::make_unique<brenier::train::PredictorModel>(std::move(predictor));
  RunOrModel opened{std::move(settings), std::move(prepared), nullptr, {}};
  opened.model = detail::trained_model(path, opened.settings, info, shipped->task(), reporter);
  if (opened.model == nullptr) {
    opened.model = std::move(shipped);
    if (std::exchange(opened.settings.evaluate.mechanisms.enabled, false)) {
      reporter.warn("a model file only predicts: scores of latent mechanisms need the run folder with its checkpoints");
    }
  }
  if (std::filesystem::is_directory(path)) opened.history = path / "metrics.jsonl";
  return opened;
}

}  // namespace brenier::apps
