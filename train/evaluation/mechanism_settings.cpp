#include "train/evaluation/mechanism_settings.h"

namespace brenier::train {

void MechanismSettings::describe(Fields& fields) {
  fields.boolean("enabled", enabled,
                 "Score latent mechanisms too: likelihoods, density and collapse of masks; for models that have them");
  fields.boolean("truth", truth,
                 "The file is one of 'brenier simulate svae' or 'sams': compare with its true mechanisms (mcc, "
                 "linear_r2, mask_f1, ...)");
  fields.integer("samples", samples, Range::at_least(1), "Samples of the importance-weighted likelihood bound");
  fields.integer("cells", cells, Range::at_least(1), "At most so many cells of each context behind a likelihood");
  fields.boolean("learn", learn,
                 "Learn the actions that only held-out contexts have from a share of their cells; the rest judges");
  fields.real("learn_fraction", learn_fraction, Range::between_open(0.0, 1.0), "That share of the cells");
  fields.integer("learn_cells", learn_cells, Range::at_least(0),
                 "Learn from at most so many cells of that share, whatever judges; 0: from all of it");
  fields.integers("also_cells", also_cells, Range::at_least(1),
                  "Score the held-out likelihood also with actions learned from so many cells of that share");
  fields.require("truth", !truth || enabled, "needs 'enabled' to be true");
}

}  // namespace brenier::train
