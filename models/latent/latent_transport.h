// What models that move cells in a latent space share: their stages, the unit of their coordinates, the lowest value
// that a predicted gene may take.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "models/latent/latent_space.h"
#include "models/training_view.h"

namespace brenier::models {

// "autoencoder" where the space is trained, then "transport": `steps` batches of one context, embedded.
[[nodiscard]] std::vector<Stage> latent_stages(const LatentSettings& latent, std::int64_t steps, std::int64_t control,
                                               std::int64_t treated);

// 0 when no training value is negative, else the lowest float.
[[nodiscard]] float lowest_value(const TrainingView& view);

// s, the root of the mean over populations [N_k, L] of their mean variance. Throws kNumerical when they do not vary.
[[nodiscard]] double control_scale(const std::vector<at::Tensor>& controls);

// cells [N, L] -> those of `rows`.
[[nodiscard]] at::Tensor select_cells(const at::Tensor& cells, const std::vector<std::int64_t>& rows);

}  // namespace brenier::models
