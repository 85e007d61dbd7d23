// From solved problems to tensors with gradients: one autograd node for a whole batch.
//
// The node's inputs are the leaves, weights and epsilon of every problem, its outputs every f, g and value. Backward
// works on those problems alone whose outputs were used, side by side (passes/parallel.h, parallel_tasks).
#pragma once

#include <memory>
#include <vector>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

using SinkhornRecords = std::vector<std::shared_ptr<const SinkhornRecord>>;

// Whether a gradient in any input of the problem may be asked for.
[[nodiscard]] bool wants_gradient(const LinearProblem& problem);

// One output a record, in their order.
[[nodiscard]] std::vector<SinkhornOutput> sinkhorn_outputs(SinkhornRecords records);

}  // namespace brenier::ot
