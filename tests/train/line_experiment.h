// Cells of three latents with known mechanisms in a file, as `brenier simulate svae` writes them, and a LineModel that
// knows their truth.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/h5ad/ann_data.h"
#include "tests/train/line_model.h"
#include "train/dataset.h"
#include "train/experiment.h"

namespace brenier::tests {

// Control cells and actions a, b, c, d, 40 cells each, 5 genes; `d` is held out. True masks: a {0}, b {1}, c {0, 2},
// d {2}. Genes 0, 1, 2 are the latents plus noise of deviation 0.5. `change` may spoil the file before it is written.
[[nodiscard]] train::ExperimentSettings line_experiment(const std::filesystem::path& folder,
                                                        const std::vector<std::string>& overrides = {},
                                                        const std::function<void(data::AnnData&)>& change = {});

[[nodiscard]] train::PreparedData line_data(const train::ExperimentSettings& settings);

// The truth of the training actions.
[[nodiscard]] LineModel line_model(const train::PreparedData& prepared, LineOptions options = {});

}  // namespace brenier::tests
