// The order in which the rows of a heat map stand: leaves of an average-linkage tree (UPGMA, Euclidean distance
// between rows), so that rows that are alike stand together.
//
//   d(A, B) = mean over a in A, b in B of |x_a - x_b|;  the two nearest clusters are joined until one is left
//
// The two parts of every join are turned so that the rows that touch are as near as they can be. Ties go to the rows
// that come first. Time O(N^3), memory O(N^2): made for the hundreds of rows that a chart can show.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::train {

// rows [N, D] -> a permutation of 0..N-1; empty for N = 0. Throws kUsage for another number of dimensions.
[[nodiscard]] std::vector<std::int64_t> average_linkage_order(const at::Tensor& rows);

}  // namespace brenier::train
