// Settings of CMonge (configs/model/cmonge.json).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "models/latent/latent_space.h"
#include "models/nn/adam.h"
#include "models/registry.h"

namespace brenier::models {

struct CmongeSettings final : ModelSettings {
  LatentSettings latent;
  bool relative = true;            // coordinates relative to the control population's mean
  std::string readout = "direct";  // direct, residual

  std::string context = "dose";          // what an action is: one_hot, dose, mode_of_action, table
  std::string dose_scale = "log";        // log, linear
  std::string unseen_actions = "error";  // error, mean
  std::int64_t embedding_width = 10;     // of mode_of_action
  std::int64_t action_width = 50;        // of e(c)
  std::int64_t covariate_width = 10;     // of e(c); 0: covariates are left out

  std::vector<std::int64_t> hidden = {64, 64, 64, 64};

  std::string cost = "euclidean";  // euclidean, sqeuclidean
  double epsilon = 0.1;            // of the divergence, in units of the mean cost
  double gap_weight = 1.0;
  double gap_epsilon = 0.01;  // of the Monge gap, in the same units

  std::int64_t steps = 1000;
  std::int64_t batch = 512;
  AdamSettings optimiser = {.learning_rate = 1e-4, .weight_decay = 1e-5, .decoupled = true};

  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
