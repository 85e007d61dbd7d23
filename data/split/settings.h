// Which contexts are held out for testing, and how many cells are kept for model choice.
//
//   held_out_context       every treated context that matches one of the patterns in `held_out`
//   held_out_perturbation  every context with one of the actions in `perturbations` (or a `fraction` of the actions,
//   drawn) combinations           a `fraction` of the combinations, drawn; `unseen_singles` of the actions of each are
//   new: they occur in
//                          no training context (0: all seen alone or in other combinations)
//   conditions_file        every context whose label is a line of the file
//   random                 a `fraction` of the treated contexts, drawn
//   cells_column           single cells: those whose obs column `column` says `value`. A context all of whose cells are
//                          marked is held out; the others train on their other cells and are judged on the marked ones
//
// Control cells are never tested on; `held_out_controls` says whether those of held-out contexts are trained on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

// {"perturbation": "A+B", "covariates": {"cell_type": "B"}}: what is left out matches everything.
struct ContextPattern {
  std::string
      perturbation;  // names with or without doses ("A@0.5+B"); without: any dose; empty or "*": any perturbation
  std::map<std::string, std::string> covariates;

  void describe(Fields& fields);
};

struct SplitSettings {
  std::string kind = "random";
  std::vector<ContextPattern> held_out;
  std::vector<std::string> perturbations;
  double fraction = 0.2;
  std::int64_t unseen_singles = 0;
  std::string file;                         // of kind conditions_file
  std::string column;                       // of kind cells_column
  std::string value = "test";               // of kind cells_column
  double validation_fraction = 0.2;         // of the treated and of the control cells in each training context
  std::string held_out_controls = "train";  // train; exclude
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

}  // namespace brenier::data
