// The sVAE+ simulation: counts of cells whose actions each shift one to three latents (lopez2023svae).
//
//   targets of an action: k ~ uniform on 1..max_targets, then k latents with replacement (one drawn twice counts once)
//   shift of a target:    N(shift_mean, shift_deviation^2) with a random sign, drawn once an action and latent
//   z_i ~ N(shift, I) [L],   y = decoder(z) [N, G] (random_decoder.h), divided by the standard deviation of all values
//   softmax "cells" (as published):  p_ig = exp(y_ig) / sum over cells,   x_ig ~ Poisson(gene_total p_ig)
//   softmax "genes":                 p_ig = exp(y_ig) / sum over genes,   x_ig ~ Poisson(library_size p_ig)
//
// Over cells, the counts of each gene sum to about gene_total: with the defaults a cell has about 1e6 G / N = 4000
// counts, but its library depends on its latents. Over genes, each cell has its own library.
//
// The published simulation has no control cells; control_cells of them, z ~ N(0, I), are added because perturbations
// are predicted from control cells. 0 leaves them out. X is CSR of float32 whole numbers. The last `test_actions`
// actions have obs "split" "test". The result depends on settings and seed only.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/fields.h"
#include "data/simulate/mechanisms.h"

namespace brenier::data {

struct SimulateSvaeSettings {
  std::int64_t latents = 15;
  std::int64_t actions = 100;
  std::int64_t test_actions = 20;
  std::int64_t cells = 250;  // an action
  std::int64_t control_cells = 250;
  std::int64_t genes = 100;
  std::int64_t hidden_layers = 3;
  std::int64_t hidden = 40;
  double slope = 0.2;
  std::int64_t max_targets = 3;
  double shift_mean = 5.0;
  double shift_deviation = 0.5;
  std::string softmax = "cells";
  double gene_total = 1e6;       // of softmax cells
  double library_size = 4000.0;  // of softmax genes
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

[[nodiscard]] SimulatedMechanisms simulate_svae(const SimulateSvaeSettings& settings);

}  // namespace brenier::data
