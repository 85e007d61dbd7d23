// The true mechanisms of a simulated file (`brenier simulate svae`, `sams`): which latents each action moves.
//
//   uns  true_actions [A] names, true_masks [A, L'] 0 or 1, true_shifts [A, L'] (0 where the mask is 0)
//   obsm latent [N, L'], a row for each row of obs
//
// Cells are found by their names in obs, so a table whose cells were dropped or reordered gets the right rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace brenier::train {

struct TrueMechanisms {
  std::vector<std::string> actions;  // A
  at::Tensor masks;                  // float64 [A, L']
  at::Tensor shifts;                 // float64 [A, L']
  at::Tensor latents;                // float64 [cells.size(), L'], the rows asked for

  // The rows of these actions; throws kData naming one that the file does not tell of.
  [[nodiscard]] std::vector<std::int64_t> rows(const std::vector<std::string>& names) const;
};

// `cells`: obs names of the rows wanted, in their order. Throws kData naming the file: a part is missing, of another
// shape, not finite or (masks) not 0 or 1; a cell that the file does not have, or has twice.
[[nodiscard]] TrueMechanisms read_true_mechanisms(const std::filesystem::path& file,
                                                  const std::vector<std::string>& cells);

}  // namespace brenier::train
