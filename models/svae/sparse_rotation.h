// The rotation of a latent space in which the shifts of actions are as sparse as they can be.
//
//   min over orthogonal R of  sum |M R|,   M [A, L] the shifts, one row an action
//
// A prior N(s, I) does not change when the latent and the shifts are rotated together, so the likelihood says nothing
// about R: only sparsity does. Sweeps over pairs of columns, each turned by its best angle (a grid, then golden
// sections), from the identity and from random rotations; the lowest sum wins. The criterion is that of a sparse
// rotation of factor loadings (jennrich2006rotation), the sparsity principle that of lachapelle2022sparsity.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/random.h"

namespace brenier::models {

// float64 [L, L], orthogonal. `starts` counts the identity.
[[nodiscard]] at::Tensor sparse_rotation(const at::Tensor& shifts, std::int64_t starts, RandomStream& stream);

}  // namespace brenier::models
