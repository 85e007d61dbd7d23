// Between the tensors of sinkhorn/sinkhorn.h and the float64 vectors of implicit/derivatives.h.
#pragma once

#include <ATen/core/Tensor.h>

#include "ot/geometry/doubles.h"
#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

// kData: a move of another shape than what it moves.
[[nodiscard]] ProblemTangent to_tangent(const SinkhornRecord& record, const SinkhornMove& move);
[[nodiscard]] SinkhornMove to_move(const SinkhornRecord& record, const ProblemTangent& tangent);

}  // namespace brenier::ot
