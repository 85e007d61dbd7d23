// Masks for models that have none: the largest shifts of an action stand for the latents it moves, as lopez2023svae
// judges a VAE and an iVAE (two of them). For a model without shifts, what an action does to the latents on average:
//
//   mu_a = mean of z over the cells of action a - mean of z over all cells
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace brenier::train {

// 1 at the `count` largest |mu| of each row (the first ones among equals), 0 elsewhere: [A, L] -> [A, L]. A row of
// zeros stays one.
[[nodiscard]] at::Tensor largest_shifts(const at::Tensor& shifts, std::int64_t count = 2);

// latents [N, L]; action_of int64 [N], -1 for cells of no action (control), which count among all cells; A actions.
// float64 [A, L], zeros for an action without cells. kData: an action outside -1..A-1.
[[nodiscard]] at::Tensor mean_shifts(const at::Tensor& latents, const at::Tensor& action_of, std::int64_t actions);

}  // namespace brenier::train
