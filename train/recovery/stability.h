// How far two runs agree about which action moves which latent: other seeds, other genes.
//
//   f1 = 2 |A n B| / (|A| + |B|)      jaccard = |A n B| / |A u B|        of the entries above 0.5, in [0, 1]
//
// after the latents of the second run were matched with those of the first (matching.h): by the correlation of their
// latents on the same cells, or by mask_overlap when there are none. NaN when both masks are empty.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "train/recovery/matching.h"

namespace brenier::train {

struct Stability {
  double f1 = 0.0;
  double jaccard = 0.0;
};

// first [A, L'], second [A, L], the same actions in their rows; `matching` takes the latents of the second run for
// learned and those of the first for true ones.
[[nodiscard]] Stability mask_stability(const at::Tensor& first, const at::Tensor& second, const Matching& matching);

// The rows of two tables that have the same name, in the order of the first. Throws kData when there is none.
[[nodiscard]] std::pair<at::Tensor, at::Tensor> common_actions(const std::vector<std::string>& first_names,
                                                               const at::Tensor& first,
                                                               const std::vector<std::string>& second_names,
                                                               const at::Tensor& second);

}  // namespace brenier::train
