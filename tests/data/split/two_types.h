// Labelled cells and splits for the tests of data/split.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "data/split/split.h"
#include "tests/data/small_table.h"

namespace brenier::tests {

// Every label in both cell types, ten cells each.
inline data::ContextTable two_types(const std::vector<std::string>& labels) {
  data::StringColumn perturbation;
  data::StringColumn cell_type;
  for (const char* type : {"T", "B"}) {
    for (const auto& label : labels) {
      perturbation.insert(perturbation.end(), 10, label);
      cell_type.insert(cell_type.end(), 10, type);
    }
  }
  data::PerturbationSettings settings;
  settings.covariates = {"cell_type"};
  return data::label_contexts(labelled_table({{"perturbation", perturbation}, {"cell_type", cell_type}}), settings);
}

inline std::vector<std::string> held_out_names(const data::Split& split) {
  std::vector<std::string> names;
  for (const auto& context : split.held_out) names.push_back(to_string(context));
  return names;
}

inline data::SplitSettings hold_out(std::vector<data::ContextPattern> patterns) {
  data::SplitSettings settings;
  settings.kind = "held_out_context";
  settings.held_out = std::move(patterns);
  return settings;
}

using Names = std::vector<std::string>;

}  // namespace brenier::tests
