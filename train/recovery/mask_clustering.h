// Do actions that truly move the same latents lie together by their learned masks? No matching of latents is needed.
//
//   identical  adjusted Rand index (adjusted_rand.h) between groups of equal true masks and groups of equal learned
//              masks (above 0.5)
//   linkage    the same with average-linkage clusters (average_linkage.h) of the learned masks as they are, by
//   Euclidean
//              distance, as many as there are groups of equal true masks
//
// 1: the same groups, 0: as by chance. NaN for fewer than two actions.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::train {

struct MaskClustering {
  double identical = 0.0;
  double linkage = 0.0;
};

// masks [A, L], truth [A, L'].
[[nodiscard]] MaskClustering mask_clustering(const at::Tensor& masks, const at::Tensor& truth);

// Rows with equal entries (above 0.5 or not) get equal numbers, 0, 1, ... by first row.
[[nodiscard]] std::vector<std::int64_t> equal_rows(const at::Tensor& table);

}  // namespace brenier::train
