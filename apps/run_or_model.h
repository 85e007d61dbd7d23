// What a verb works on when it takes RUN|MODEL.pt: the experiment, its data, and a model that predicts.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/log.h"
#include "models/model.h"
#include "train/dataset.h"
#include "train/experiment.h"

namespace brenier::apps {

struct RunOrModel {
  brenier::train::ExperimentSettings settings;
  brenier::train::PreparedData prepared;
  std::unique_ptr<models::Model> model;
  std::filesystem::path history;  // metrics.jsonl of a run; empty for a model file
};

// A run folder with a model.pt, or a model file. A run whose model has latent mechanisms gives the trained model of its
// last checkpoint, which can learn actions and be asked for its mechanisms; a model file only predicts, so scores of
// mechanisms are then left out with a warning. `data` replaces data.path when not empty; other data are split by the
// same settings and get the preprocessing that the model was trained with. Throws kData when there is neither a run nor
// a model.
[[nodiscard]] RunOrModel open_run_or_model(const std::filesystem::path& path, const std::string& data,
                                           Reporter& reporter);

}  // namespace brenier::apps
