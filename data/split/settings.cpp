#include "data/split/settings.h"

namespace brenier::data {

void ContextPattern::describe(Fields& fields) {
  fields.text("perturbation", perturbation,
              "Actions as in 'A+B' or 'A@0.5' (no dose: any dose); empty or '*': any perturbation");
  fields.text_map("covariates", covariates, "Values of covariates; those left out match everything");
}

void SplitSettings::describe(Fields& fields) {
  fields.choice(
      "kind", kind,
      {"held_out_context", "held_out_perturbation", "combinations", "conditions_file", "random", "cells_column"},
      "How the held-out contexts are chosen");
  fields.list("held_out", held_out, "Patterns of held-out contexts (kind held_out_context)");
  fields.texts("perturbations", perturbations,
               "Actions that are held out wherever they occur (kind held_out_perturbation); empty: a fraction, drawn");
  fields.real("fraction", fraction, Range::between_open(0.0, 1.0),
              "Share that is held out: of contexts (random), actions (held_out_perturbation) or combinations");
  fields.integer("unseen_singles", unseen_singles, Range::between(0.0, 2.0),
                 "How many actions of a held-out combination occur in no training context (kind combinations)");
  fields.path("file", file, "File with one held-out label a line (kind conditions_file)");
  fields.text("column", column, "Column of obs that marks single cells for testing (kind cells_column)");
  fields.text("value", value, "What it says of the cells to test on (kind cells_column)");
  fields.real("validation_fraction", validation_fraction, Range::below(0.0, 1.0),
              "Share of the cells of each training context that is kept for model choice");
  fields.choice("held_out_controls", held_out_controls, {"train", "exclude"},
                "Whether control cells of held-out contexts are trained on");
  fields.integer("seed", seed, Range::at_least(0.0), "Seed of everything that is drawn");
  const auto only = [&fields](const std::string& key, bool given, bool right_kind, bool needed,
                              const std::string& name) {
    fields.require(key, !given || right_kind, "is used by kind '" + name + "' only");
    fields.require(key, given || !right_kind || !needed, "is needed by kind '" + name + "'");
  };
  only("held_out", !held_out.empty(), kind == "held_out_context", true, "held_out_context");
  only("perturbations", !perturbations.empty(), kind == "held_out_perturbation", false, "held_out_perturbation");
  only("file", !file.empty(), kind == "conditions_file", false, "conditions_file");
  only("column", !column.empty(), kind == "cells_column", true, "cells_column");
  only("unseen_singles", unseen_singles != 0, kind == "combinations", false, "combinations");
}

}  // namespace brenier::data
