// Average-linkage clusters (sokal1958): starting from single items, the two clusters with the smallest mean distance
//
//   d(A, B) = 1 / (|A| |B|) sum_{a in A, b in B} d_ab
//
// are joined until k are left. Ties go to the pair with the smallest items. O(n^3) time at worst, O(n^2) memory: meant
// for hundreds of items.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::train {

// distances [n, n], symmetric and finite. The cluster of each item, numbered 0..k-1 by first item; k in 1..n, else
// kData.
[[nodiscard]] std::vector<std::int64_t> average_linkage(const at::Tensor& distances, std::int64_t clusters);

}  // namespace brenier::train
