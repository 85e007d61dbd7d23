// Average-linkage clusters (sokal1958): starting from single items, the two clusters with the smallest mean distance
//
//   d(A, B) = 1 / (|A| |B|) sum_{a in A, b in B} d_ab
//
// are joined, until one or k are left. A cluster goes by its first item; ties go to the pair with the smallest of
// these. O(n^3) time at worst, O(n^2) memory: meant for hundreds of items.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::train {

// The cluster of `from` becomes part of that of `into`; both by their first items, into < from.
struct LinkageJoin {
  std::int64_t into;
  std::int64_t from;
};

// distances [n, n], symmetric and finite, else kData. The n - 1 joins in the order in which they are made.
[[nodiscard]] std::vector<LinkageJoin> average_linkage_joins(const at::Tensor& distances);

// The same with k clusters left. The cluster of each item, numbered 0..k-1 by first item; k in 1..n, else
// kData.
[[nodiscard]] std::vector<std::int64_t> average_linkage(const at::Tensor& distances, std::int64_t clusters);

}  // namespace brenier::train
