// The weights of a solved barycentre as a tensor with gradients in its histograms (barycentre_pullback.h).
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "ot/barycentre/bregman_projections.h"
#include "ot/geometry/geometry.h"
#include "ot/implicit/schur.h"

namespace brenier::ot {

// A solved barycentre, kept from forward to backward.
struct BarycentreRecord {
  std::vector<std::shared_ptr<const Geometry>> geometries;  // K; they own the passes of `problem`
  BregmanProblem problem;
  BregmanSolution solution;
  SchurSettings implicit;
};

// [N] in the dtype of the geometries. Differentiable once in the histograms; a second derivative throws kUsage.
[[nodiscard]] at::Tensor differentiable_weights(std::shared_ptr<const BarycentreRecord> record,
                                                const std::vector<at::Tensor>& histograms);

}  // namespace brenier::ot
