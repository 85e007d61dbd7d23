// How a model with latent mechanisms (models/mechanism_model.h) is judged beside its predictions, and how it learns the
// actions of held-out contexts. Section `evaluate.mechanisms` of a config.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/fields.h"

namespace brenier::train {

struct MechanismSettings {
  bool enabled = false;        // score likelihoods and masks (mechanisms.h)
  bool truth = false;          // the file says which latents each action moves (true_mechanisms.h)
  std::int64_t samples = 100;  // K of the importance-weighted bound
  std::int64_t cells = 200;    // at most so many cells of a context behind a likelihood
  bool learn = true;           // actions that only held-out contexts have (learn_held_out.h)
  double learn_fraction = 0.5;
  std::int64_t learn_cells = 0;          // at most so many cells of that share; 0: all
  std::vector<std::int64_t> also_cells;  // the held-out likelihood again, with actions learned from so many
  void describe(Fields& fields);
};

}  // namespace brenier::train
