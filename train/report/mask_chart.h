// What a model with latent mechanisms learned, as a heat map: the shift that each action gives each latent.
//
//   value[a, l] = masks[a, l] * shifts[a, l]      (shifts alone where a model has no masks)
//
// Rows are actions, columns latents ("z1" is the first), both in the order of an average-linkage tree (leaf_order.h).
// Colour is the sign, its strength the size beside the largest one, in eight steps in the still form; values below 1 %
// of the largest are left blank. Of more than 120 actions or 40 latents those with the largest shifts are drawn.
//
// Errors: kData when shapes do not fit (A action names, shifts and masks [A, L], gene effects [L, G]) or values are
// not finite.
#pragma once

#include <cstdint>
#include <string>

#include "models/mechanism_model.h"
#include "train/report/figure.h"

namespace brenier::train {

constexpr std::int64_t kMaskRows = 120;
constexpr std::int64_t kMaskColumns = 40;

// Throws as said above; tensors that are not defined fit anything.
void check_mechanisms(const models::Mechanisms& mechanisms);

// [A, L] float64; undefined for a model without shifts.
[[nodiscard]] at::Tensor masked_shifts(const models::Mechanisms& mechanisms);

// "z1" for latent 0.
[[nodiscard]] std::string latent_name(std::int64_t latent);

// Empty when the model has no shifts, or all of them are zero.
[[nodiscard]] Figure mask_chart(const models::Mechanisms& mechanisms);

}  // namespace brenier::train
