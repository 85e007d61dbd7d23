// Settings of the sparse-mechanism-shift VAEs (configs/model/svae.json and its variants); svae.h has the model.
//
// One struct for five kinds, which differ in two things only: what an action does to the prior of the latent, and
// which penalty its masks have.
//
//   kind       prior of z for a cell under actions a with doses d              penalty
//   vae        N(0, I)                                                          none
//   ivae       N(sum_a d_a mu_a, I)                                             none
//   svae       N(sum_a d_a m_a o mu_a, I), m drawn for each cell                mask_penalty x mean mask probability
//   svae_plus  the same                                                         -log Beta(p; 1, gamma) for each mask
//   sams_vae   z = z_basal + sum_a d_a m_a o e_a, z_basal ~ N(0, I),            KL of q(e), q(m) from N(0, I) and
//              e and m drawn once for all cells of a batch                      Bernoulli(mask_prior)
//
// Sources: kingma2014vae, khemakhem2020ivae, lachapelle2022sparsity, lopez2023svae, bereket2023sams.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "models/nn/adam.h"
#include "models/registry.h"

namespace brenier::models {

struct SvaeSettings final : ModelSettings {
  explicit SvaeSettings(std::string variant_name);

  std::string variant;  // the kind: not a field of the config, where it is model.kind

  std::int64_t latent_width = 15;  // L
  std::vector<std::int64_t> hidden = {128, 128};
  bool batch_norm = true;
  double dropout = 0.1;                          // of the encoder
  double leak = 0.0;                             // slope of the activation below 0
  std::string likelihood = "negative_binomial";  // negative_binomial, gaussian
  bool standardize = false;                      // encoder input: each gene to mean 0 and deviation 1

  double mask_logit = 5.0;  // where masks start
  double temperature = 1.0;
  double temperature_end = 1.0;
  double gamma = 100.0;
  std::string gamma_rule = "fixed";  // fixed, held_out
  std::vector<double> gammas = {3.0, 10.0, 100.0, 1000.0};
  double held_out_share = 0.1;       // of the actions, while gammas are compared
  std::int64_t shots = 5;            // cells of each from which its shift is estimated
  double mask_penalty = 1.0;         // of svae
  double mask_prior = 0.01;          // of sams_vae
  std::string guide = "mean_field";  // of sams_vae: mean_field, correlated
  bool encoder_sees_shift = true;    // of sams_vae
  std::int64_t particles = 1;        // draws of everything for a cell and step

  double penalty_weight = 1.0;       // of the mask penalty; 1 is the bound
  std::string readout = "residual";  // residual, direct
  double beta = 1.0;                 // weight of the KL divergence
  std::int64_t steps = 42000;
  std::int64_t warmup_steps = 7000;       // the weight of KL and penalty grows linearly over these
  std::int64_t penalty_warmup_steps = 0;  // a slower growth of the penalty alone
  std::int64_t rotation_step = 0;  // no penalty before; there, with masks, sparse_rotation.h turns the latent; 0: never
  std::int64_t refine_step = 0;    // from it on masks are what they are at 1/2, without a penalty; 0: never
  std::int64_t batch = 128;
  AdamSettings optimiser = {.learning_rate = 1e-3, .weight_decay = 1e-6, .epsilon = 0.01};

  [[nodiscard]] bool has_shifts() const { return variant != "vae"; }
  [[nodiscard]] bool has_masks() const { return has_shifts() && variant != "ivae"; }
  [[nodiscard]] bool chooses_gamma() const { return variant == "svae_plus" && gamma_rule != "fixed"; }
  [[nodiscard]] bool is_additive() const { return variant == "sams_vae"; }

  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
