// One experiment from its settings to its results, in a run folder.
//
//   data -> split.json -> training (loop.h) -> model.pt -> held-out scores -> report.html -> evaluation.json
//
// evaluation.json comes last and marks the run as finished. Killed anywhere, the same call on the reopened folder
// continues.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/log.h"
#include "train/dataset.h"
#include "train/evaluation/evaluation.h"
#include "train/evaluation/learn_held_out.h"
#include "train/experiment.h"
#include "train/loop_state.h"
#include "train/report/report.h"
#include "train/run_folder.h"

namespace brenier::train {

// Trains, exports, evaluates and reports; of a finished run that was resumed it only reads the scores. The process-wide
// compute settings are the caller's to apply.
[[nodiscard]] Evaluation run_experiment(const ExperimentSettings& settings, const RunFolder& folder,
                                        Reporter& reporter);

// The trained model of a run folder, from its last checkpoint: the state that model.pt was exported from, or the best
// one so far of an unfinished run. Throws kData when there is no usable checkpoint, or none with a trained model.
struct TrainedModel {
  std::unique_ptr<models::Model> model;
  LoopState state;
};
[[nodiscard]] TrainedModel load_trained(const ExperimentSettings& settings, const models::Task& task,
                                        const std::filesystem::path& run, Reporter& reporter);

// The held-out contexts and the model that judges them: a model with latent mechanisms learns their actions first.
[[nodiscard]] HeldOut prepare_held_out(const ExperimentSettings& settings, const PreparedData& prepared,
                                       const models::Model& model, Reporter& reporter);

// Scores of any model on the held-out contexts of prepared data, beside the baselines and the ceiling, and of its
// latent mechanisms when they are asked for.
[[nodiscard]] Evaluation evaluate_held_out(const ExperimentSettings& settings, const PreparedData& prepared,
                                           const models::Model& model, const HeldOut& held_out, Reporter& reporter);
// prepare_held_out and this.
[[nodiscard]] Evaluation evaluate_held_out(const ExperimentSettings& settings, const PreparedData& prepared,
                                           const models::Model& model, Reporter& reporter);

// Every context with its cells and where the model moves them, ascending: what a figure of maps shows.
[[nodiscard]] std::vector<ReportContext> map_contexts(const PreparedData& prepared, const HeldOut& held_out);

// What the report page shows of an evaluated model.
[[nodiscard]] ReportInput report_input(const ExperimentSettings& settings, const PreparedData& prepared,
                                       const models::Model& model, const HeldOut& held_out, Evaluation evaluation,
                                       const std::filesystem::path& history);

// {"validation": [best score of each stage], "evaluation": summary of the evaluation, "learned": [{"context",
// "n_learned"}]}: what a model file says about its quality. "learned" names the held-out contexts whose actions were
// learned from some of their cells before they were judged by the rest; it is left out when there are none.
[[nodiscard]] nlohmann::ordered_json model_metrics(const LoopState& state, const Evaluation* evaluation);

}  // namespace brenier::train
