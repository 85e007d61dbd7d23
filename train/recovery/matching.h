// Which learned latent stands for which true one.
//
//   R_ij = corr(latent i, true latent j) over cells           pearson, or spearman: of the ranks, ties at their mean
//   sigma = argmax over one-to-one maps of sum_j |R_{sigma(j) j}|          (kAbsolute; hyvarinen2016tcl)
//   sigma = argmax over one-to-one maps of sum_j  R_{sigma(j) j}           (kSigned: what the demo of lopez2023svae
//   does)
//
// A latent is known up to its order, sign and scale only, so kAbsolute is the matching that means something. With fewer
// latents than true ones some true ones stay without a partner; with more, some latents do.
// kData: another number of cells on the two sides, fewer than two cells, values that are not finite.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace brenier::train {

enum class CorrelationKind { kPearson, kSpearman };
enum class MatchOn { kAbsolute, kSigned };

// latents [N, L], truth [N, L'] -> float64 [L, L']; 0 where one of the two does not vary.
[[nodiscard]] at::Tensor correlation_matrix(const at::Tensor& latents, const at::Tensor& truth, CorrelationKind kind);

struct Matching {
  std::int64_t latents = 0;           // L
  std::vector<std::int64_t> partner;  // [L'], the latent of each true one; -1: none
  std::vector<double> score;          // [L'], signed entry of the matrix; 0 without a partner

  // Columns of a table over latents [A, L] in the order of the true ones [A, L' + rest]: zeros for a true latent
  // without a partner; latents without one follow at the end.
  [[nodiscard]] at::Tensor align(const at::Tensor& table) const;
};

// Any finite matrix [L, L'], a correlation or another agreement of columns.
[[nodiscard]] Matching match(const at::Tensor& agreement, MatchOn on = MatchOn::kAbsolute);

// [L, L']: in how many rows both tables (masks [A, L] and [A, L']) are above 0.5. The agreement to match two sets of
// masks by when there are no common cells.
[[nodiscard]] at::Tensor mask_overlap(const at::Tensor& masks, const at::Tensor& truth);

}  // namespace brenier::train
