// The SAMS-VAE simulation: phenotypes of cells whose actions each shift a random subset of latents (bereket2023sams).
//
//   mask m_aj ~ Bernoulli(mask_probability),  shift E_aj ~ N(shift_mean, shift_deviation^2) with a random sign
//   z_i = e_i + m_a o E_a,  e_i ~ N(0, I);   y = decoder(z) [N, G] (random_decoder.h), divided by the standard
//   deviation of all values, because the decoder alone makes them of size 1e-5
//   x_ig = y_ig + N(0, noise v_g),  v_g: variance of y_ig over all cells; so the noise has `noise` times the variance
//   of its phenotype
//
// An action may shift nothing (about 12 % of them with the defaults). Cells are real numbers, X dense. An action has
// train_cells + validation_cells + test_cells cells, marked so in obs "split"; control_cells cells, z ~ N(0, I), are
// shared out in the same proportions (rounded down for validation and test). 0 leaves controls out.
// The result depends on settings and seed only.
#pragma once

#include <cstdint>

#include "core/config/fields.h"
#include "data/simulate/mechanisms.h"

namespace brenier::data {

struct SimulateSamsSettings {
  std::int64_t latents = 15;
  std::int64_t actions = 100;
  std::int64_t train_cells = 500;  // an action
  std::int64_t validation_cells = 100;
  std::int64_t test_cells = 100;
  std::int64_t control_cells = 250;
  std::int64_t genes = 100;  // phenotypes
  std::int64_t hidden_layers = 4;
  std::int64_t hidden = 50;
  double slope = 0.2;
  double mask_probability = 2.0 / 15.0;
  double shift_mean = 5.0;
  double shift_deviation = 0.5;
  double noise = 0.2;
  std::int64_t seed = 0;

  void describe(Fields& fields);
};

[[nodiscard]] SimulatedMechanisms simulate_sams(const SimulateSamsSettings& settings);

}  // namespace brenier::data
