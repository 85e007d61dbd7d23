// How well one binary table [A, L] (which action moves which latent, which gene a target, which edges a graph) finds
// another.
//
//   precision = TP / (TP + FP)      recall = TP / (TP + FN)      f1 = 2 TP / (2 TP + FP + FN)        in [0, 1]
//   hamming   = FP + FN             the structural Hamming distance of two bipartite graphs
//
// NaN where the denominator is 0: precision when nothing is claimed, recall when nothing is true, f1 when both. Entries
// above 0.5 count as 1. kData: shapes that differ.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace brenier::train {

struct TargetRecovery {
  double precision = 0.0;
  double recall = 0.0;
  double f1 = 0.0;
  std::int64_t hamming = 0;
};

[[nodiscard]] TargetRecovery target_recovery(const at::Tensor& predicted, const at::Tensor& truth);

// The structural Hamming distance of two directed graphs given by adjacency matrices [L, L]: edges to add, take away or
// turn round; an edge in the wrong direction counts once (tsamardinos2006mmhc).
[[nodiscard]] std::int64_t graph_hamming(const at::Tensor& predicted, const at::Tensor& truth);

}  // namespace brenier::train
