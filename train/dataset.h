// From settings to cells that are ready to train on and to judge by.
//
//   read the file -> label contexts -> split -> preprocess (fitted on training cells alone)
//
// The order matters: the split is made before anything is estimated, so no held-out cell has a part in gene choice,
// normalisation or scaling.
#pragma once

#include <map>
#include <string>

#include "core/log.h"
#include "data/perturbation/context_table.h"
#include "data/perturbation/descriptor_table.h"
#include "data/preprocess/preprocess.h"
#include "data/split/split.h"
#include "data/table/cell_table.h"
#include "train/experiment.h"

namespace brenier::train {

struct PreparedData {
  data::CellTable table;  // all cells, preprocessed; the chosen genes
  data::ContextTable contexts;
  data::Split split;
  data::PreprocessState preprocess;
  std::map<std::string, data::DescriptorTable> descriptors;  // by what they describe
  std::vector<std::string> numeric;                          // covariate columns whose values are numbers
};

// Throws kUsage when data.path is not given, and what each step throws. Warnings of the steps go to the reporter.
[[nodiscard]] PreparedData prepare_data(const ExperimentSettings& settings, Reporter& reporter);

// The cells of a file as the settings say, not preprocessed; var.index holds the gene names.
[[nodiscard]] data::CellTable read_table(const DataSettings& settings);

}  // namespace brenier::train
