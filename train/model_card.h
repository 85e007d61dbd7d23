// What a trained model says about itself in the file that ships it.
//
//   ModelInfo::training    {"data": name of the file, "cells": training cells, "control_cells": those without a
//                          perturbation, "validation_cells", "genes", "split": kind, "held_out": [contexts],
//                          "held_out_cells", "seed", "mechanisms": true for a model with latent mechanisms}
//   ModelInfo::gene_means  [G] over the unperturbed training cells: what a missing gene may be given
//
// No held-out cell has a part in the means.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/model.h"
#include "runtime/model_file.h"
#include "train/dataset.h"
#include "train/experiment.h"

namespace brenier::train {

[[nodiscard]] nlohmann::ordered_json training_summary(const ExperimentSettings& settings, const PreparedData& prepared);

// Mean of each gene over the training cells of control contexts; empty when there is none.
[[nodiscard]] std::vector<float> control_means(const PreparedData& prepared);

// describe_model (export.h) with all of the above. `metrics`: see model_metrics (run_experiment.h).
[[nodiscard]] runtime::ModelInfo describe_trained(const ExperimentSettings& settings, const PreparedData& prepared,
                                                  const models::Model& model, nlohmann::ordered_json metrics);

}  // namespace brenier::train
