// Learned and true latents of the same cells, what recovery scores are computed from.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::train {

// latents [N, L], truth [N, L']. Throws kData for another number of cells on the two sides, fewer than two cells, and
// values that are not finite.
void check_paired_latents(const at::Tensor& latents, const at::Tensor& truth);

}  // namespace brenier::train
