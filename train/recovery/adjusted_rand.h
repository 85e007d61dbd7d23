// The adjusted Rand index of two partitions of n items (hubert1985comparing):
//
//   ARI = (S - E) / (M - E),   S = sum_ij C(n_ij, 2),  E = sum_i C(a_i, 2) sum_j C(b_j, 2) / C(n, 2),
//                              M = (sum_i C(a_i, 2) + sum_j C(b_j, 2)) / 2
//
// n_ij: items in part i of one and j of the other, a_i and b_j their sums. 1: the same partition, 0: as by chance, may
// be negative. 1 when both put all items into one part, or each item into its own; NaN for fewer than two items.
#pragma once

#include <cstdint>
#include <vector>

namespace brenier::train {

// Any labels. kDefect: another number of items on the two sides.
[[nodiscard]] double adjusted_rand(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b);

}  // namespace brenier::train
