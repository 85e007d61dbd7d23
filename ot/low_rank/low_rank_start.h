// Where low-rank Sinkhorn starts. The problem is not convex: the start decides which local minimum is found.
//
//   kAnchors  points: k-means of both clouds, the r centres of one matched to those of the other, each point spread
//             over the centres by its squared distance. The default where there are points.
//   kRandom   positive random factors. The default for cost matrices.
//   kRankTwo  the fixed start of scetbon2021lowrank (a blend of two product plans); no randomness.
//
// All give factors that meet their sums. Random numbers come from the streams "ot/low_rank/start" and
// "ot/low_rank/k_means" of the seed.
#pragma once

#include <cstdint>
#include <string>

#include "ot/low_rank/cost_factor.h"
#include "ot/low_rank/factor_projection.h"
#include "ot/low_rank/start_kind.h"

namespace brenier::ot {

// kUsage: kAnchors without points.
[[nodiscard]] FactorKernels start_kernels(LowRankStart start, const ReadCost& cost, const FactorSides& sides,
                                          Index rank, std::uint64_t seed);

}  // namespace brenier::ot
