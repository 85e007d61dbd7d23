// How far trained runs agree about mechanisms: other seeds, other genes, other settings.
//
// Two runs number their latents as they like, and a latent is known up to its sign and scale. The latents of the second
// are matched one to one with those of the first by |Pearson correlation| on the cells that both runs have (by name,
// whatever their genes), so that the masks have no part in the matching. Then, over the actions that both know:
//
//   latent_correlation    mean over latents of the first of |correlation| with the matched one      [0, 1]
//   mask_f1, mask_jaccard of the mask entries above 0.5 (recovery/stability.h)                      [0, 1]
//   mask_f1_chance        mean F1 when the actions of the second run are shuffled: what masks with the same latents'
//                         sizes reach without knowing which action is which
//   shift_correlation     Pearson correlation of the shifts under masks, matched and signed         [-1, 1]
//
// NaN where a score is not defined: no masks (iVAE), masks of zeros, shifts without variance.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/mechanism_model.h"
#include "models/model.h"
#include "train/dataset.h"

namespace brenier::train {

struct MechanismRun {
  std::string name;
  models::Mechanisms mechanisms;
  std::vector<std::string> cells;  // those whose latents can be told, N
  at::Tensor latents;              // [N, L], posterior means
};

struct MechanismAgreement {
  std::int64_t cells = 0;    // in common
  std::int64_t actions = 0;  // in common
  double latent_correlation = 0.0;
  double mask_f1 = 0.0;
  double mask_f1_chance = 0.0;
  double mask_jaccard = 0.0;
  double shift_correlation = 0.0;
};

// Throws kUsage naming the kind of a model without mechanisms or without shifts (vae).
[[nodiscard]] MechanismRun mechanism_run(const std::string& name, const models::Model& model,
                                         const PreparedData& prepared);

// Throws kData naming both runs when they have fewer than two cells or no action in common. The shuffles draw from
// RandomStream(0, "mechanism agreement").
[[nodiscard]] MechanismAgreement mechanism_agreement(const MechanismRun& first, const MechanismRun& second);

}  // namespace brenier::train
