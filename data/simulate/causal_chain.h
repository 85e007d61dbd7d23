// The discrepancy-VAE simulation: latents that cause each other along a chain (zhang2023discrepancy).
//
//   u_i = e_i + shift_i + sum_{j < i} A_ji max(u_j, 0),   e ~ N(0, I),   A_{i, i+1} = weight, else 0
//   x = (u, 0, .., 0) [observed]
//
// Action "u1" adds `shift` to e_1, and so on to "uL"; a double "u1+u2" does both. Cells: control_cells controls,
// single_cells of each single, double_cells of each of the L (L - 1) / 2 doubles. obs "split": the first half of the
// controls and of each single is train, the rest of them and all doubles are test. obsm "latent" is u, uns "true_graph"
// is A, "true_masks" the identity, "true_shifts" shift times it. X is dense, its last columns are zero. The result
// depends on settings and seed only.
#pragma once

#include <cstdint>

#include "core/config/fields.h"
#include "data/simulate/mechanisms.h"

namespace brenier::data {

struct SimulateCausalChainSettings {
  std::int64_t latents = 5;
  std::int64_t observed = 10;
  double weight = 1.0;
  double shift = 5.0;
  std::int64_t control_cells = 2048;
  std::int64_t single_cells = 2048;  // an action
  std::int64_t double_cells = 1024;  // a pair; 0: no pairs
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

[[nodiscard]] SimulatedMechanisms simulate_causal_chain(const SimulateCausalChainSettings& settings);

}  // namespace brenier::data
