#include "data/perturbation/settings.h"

#include <algorithm>

#include "core/error.h"

namespace brenier::data {
namespace perturbation_settings_detail {

struct Preset {
  std::string name;
  std::string perturbation_column;
  std::vector<std::string> controls;
  std::string delimiter;
  std::vector<std::string> dose_columns;
  std::vector<std::string> covariates;
};

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all{
      {"none", "perturbation", {"control"}, "+", {}, {}},
      {"scperturb", "perturbation", {"control"}, "+", {"dose_value"}, {}},
      {"gears", "condition", {"ctrl"}, "+", {}, {"cell_type"}},
      {"cpa", "condition", {"control", "ctrl"}, "+", {"dose_val"}, {"cell_type"}},
      {"cell_eval", "target_gene", {"non-targeting"}, "none", {}, {}},
  };
  return all;
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) names.push_back(preset.name);
  return names;
}

const Preset* find_preset(const std::string& name) {
  for (const Preset& preset : presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

}  // namespace perturbation_settings_detail

void PerturbationSettings::describe(Fields& fields) {
  fields.choice("preset", preset, perturbation_settings_detail::preset_names(),
                "Naming convention of the file: fills every field below that is left empty");
  fields.text("perturbation_column", perturbation_column, "obs column with the label of what was done to a cell");
  fields.texts("controls", controls,
               "Labels that mean no perturbation; inside a combination ('A+ctrl') they are ignored");
  fields.text("delimiter", delimiter, "Text between the actions of a combination; 'none': labels are never split");
  fields.texts("dose_columns", dose_columns,
               "One obs column with a dose, or with one a action ('0.5+1'); or one column for each action in turn");
  fields.texts("covariates", covariates, "obs columns that make a context together with the perturbation");
  fields.texts("ignore_tokens", ignore_tokens, "Parts of a combination that are no action, besides the controls");
  fields.choice("missing_label", missing_label, {"error", "drop"},
                "Cells without a label, dose or covariate: an error, or left out");
  fields.texts("control_match", control_match,
               "Covariates in which control cells must agree with a context; empty: all");
  fields.choice("control_fallback", control_fallback, {"error", "all"},
                "A context without matching control cells: an error, or compared with all control cells");
  const auto* named = perturbation_settings_detail::find_preset(preset);
  const auto& known = covariates.empty() && named != nullptr ? named->covariates : covariates;
  const bool match = std::all_of(control_match.begin(), control_match.end(), [&known](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  });
  fields.require("control_match", match, "must name columns of 'covariates'");
}

PerturbationSettings resolve_preset(PerturbationSettings settings) {
  namespace detail = perturbation_settings_detail;
  const detail::Preset* preset = detail::find_preset(settings.preset);
  if (preset == nullptr) {
    throw Error(ErrorKind::kUsage, "unknown naming convention")
        .at("data.perturbation.preset")
        .found("'" + settings.preset + "'")
        .expected(quoted_list(detail::preset_names()));
  }
  const auto fill = [&settings](std::vector<std::string>& list, const std::vector<std::string>& from, bool optional) {
    if (!list.empty()) return;
    list = from;
    if (optional) settings.optional_columns.insert(settings.optional_columns.end(), from.begin(), from.end());
  };
  if (settings.perturbation_column.empty()) settings.perturbation_column = preset->perturbation_column;
  if (settings.delimiter.empty()) settings.delimiter = preset->delimiter;
  fill(settings.controls, preset->controls, false);
  fill(settings.dose_columns, preset->dose_columns, true);
  fill(settings.covariates, preset->covariates, true);
  return settings;
}

}  // namespace brenier::data
