// What `brenier simulate perturbation` makes; the model is in perturbation.h.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

struct SimulatePerturbationSettings {
  std::int64_t genes = 200;
  std::int64_t cell_types = 6;
  std::int64_t perturbations = 4;
  std::int64_t pairs = 0;            // combinations of two, drawn from the perturbations(perturbations-1)/2 there are
  std::vector<double> doses;         // of every perturbation; empty: no doses
  std::int64_t cells = 100;          // a treated context
  std::int64_t control_cells = 200;  // a cell type
  std::int64_t programs = 2;         // dimension of the cell-type latent
  double program_strength = 0.8;     // standard deviation of a program's log weights
  double cell_noise = 0.2;           // standard deviation of a cell around its type, in the latent
  double library_size = 3000.0;      // mean total count of a control cell, before programs
  double library_sigma = 0.3;        // standard deviation of the log library size
  double dispersion = 0.2;           // variance = mean + dispersion mean^2; 0: Poisson
  double effect_genes = 0.2;         // share of genes that a perturbation changes
  double effect_size = 0.7;          // standard deviation of the log fold change of a changed gene
  double modulation = 0.6;           // how much the effect depends on the cell type; 0: the same everywhere
  double interaction = 0.0;          // of pairs, in log fold change; 0: additive
  double ec50 = 1.0;                 // median dose of half effect
  double hill_slope = 1.5;
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

}  // namespace brenier::data
