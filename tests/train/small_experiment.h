// A small experiment on simulated cells, for tests that go from a file to a trained model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/table/cell_table.h"
#include "train/experiment.h"

namespace brenier::tests {

// Counts of 3 cell types under control, pert_1 and pert_2: 30 genes, 40 cells a context.
[[nodiscard]] data::CellTable small_cells();

// Writes the cells to <folder>/cells.h5ad and returns settings that hold out pert_1 in type_2, with the model kind
// "mean_shift" unless `overrides` say otherwise ("model.kind=condot").
[[nodiscard]] train::ExperimentSettings small_experiment(const std::filesystem::path& folder,
                                                         const std::vector<std::string>& overrides = {},
                                                         const data::CellTable& cells = small_cells());

// The overrides of a CondOT model that trains in a moment.
[[nodiscard]] std::vector<std::string> small_condot();

}  // namespace brenier::tests
