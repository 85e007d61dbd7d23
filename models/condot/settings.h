// Settings of CondOT (configs/model/condot.json).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/config/fields.h"
#include "models/latent/latent_space.h"
#include "models/nn/adam.h"
#include "models/nn/picnn.h"
#include "models/registry.h"

namespace brenier::models {

struct CondotSettings final : ModelSettings {
  LatentSettings latent;

  std::string context = "kernel";        // what a context is: kernel, one_hot, dose, mode_of_action, table, none
  std::string combinator = "sum";        // of the actions of a set: sum (of displacements), mean, max, deepset
  std::string dose_scale = "log";        // log, linear
  std::string unseen_actions = "error";  // error, mean
  std::int64_t embedding_width = 10;     // of mode_of_action
  bool relative = true;                  // coordinates relative to the control population's mean
  double bandwidth = 0.0;                // s of the context kernel; 0: chosen inside the training contexts
  double retention = 0.8;  // share of a context's own baseline that survives treatment, for unseen contexts

  PicnnSettings potential;
  std::string dual = "pair";   // min-max over f and g, or g alone with exact conjugates
  double prior_cells = 100.0;  // weight of the pooled covariance in each context's, as a number of cells
  double ridge = 0.1;          // added to covariances, in units of the mean variance of control cells

  std::int64_t steps = 300;  // outer steps: `inner` updates of g and one of f
  std::int64_t inner = 10;
  std::int64_t batch = 128;
  AdamSettings optimiser = {.learning_rate = 1e-4, .beta1 = 0.5, .beta2 = 0.9};

  bool anchor_mean = true;         // mean displacement = kernel-weighted mean displacement of training contexts
  std::string readout = "direct";  // how a transported latent becomes genes

  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
