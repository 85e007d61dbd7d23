// Where a file says what was done to a cell: columns of obs, control values, the delimiter of combinations.
//
// A preset fills whatever is left empty:
//
//   preset      perturbation column  control            delimiter  dose columns   covariates
//   none        perturbation         control            +          -              -
//   scperturb   perturbation         control            +          dose_value *   -
//   gears       condition            ctrl               +          -              cell_type *
//   cpa         condition            control, ctrl      +          dose_val *     cell_type *
//   cell_eval   target_gene          non-targeting      none       -              -
//
// Columns with * are used when the file has them; a column that the user names must be there.
#pragma once

#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

struct PerturbationSettings {
  std::string preset = "none";
  std::string perturbation_column;
  std::vector<std::string> controls;       // labels that mean "no perturbation"; inside a combination they are ignored
  std::string delimiter;                   // between the actions of a combination; "none": labels are never split
  std::vector<std::string> dose_columns;   // one column ("0.5+1" gives each action its own), or one column an action
  std::vector<std::string> covariates;     // columns that, with the perturbation, make a context
  std::vector<std::string> ignore_tokens;  // parts of a combination that are no action, besides the controls
  std::string missing_label = "error";     // error; drop: cells without label, dose or covariate are left out
  std::vector<std::string> control_match;  // covariates in which control cells must agree; empty: all
  std::string control_fallback = "error";  // error; all: a context without control cells uses every control cell

  // Columns that came from a preset and may be absent; set by resolve_preset.
  std::vector<std::string> optional_columns;

  void describe(Fields& fields);
};

// The settings with everything that was left empty taken from the preset.
[[nodiscard]] PerturbationSettings resolve_preset(PerturbationSettings settings);

}  // namespace brenier::data
