// Settings of the discrepancy-VAE (configs/model/discrepancy_vae.json). Defaults are the published ones for the Norman
// screen; the published simulation (linear networks, targets known) is configs/experiment/discrepancy_simulation.json.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "models/nn/adam.h"
#include "models/registry.h"
#include "models/svae/kernel_discrepancy.h"

namespace brenier::models {

// A weight that is 0 up to `from`, then rises linearly to `most` at `to`; both as shares of all steps.
struct RampSettings {
  double most = 1.0;
  double from = 0.0;
  double to = 1.0;

  void describe(Fields& fields);
  [[nodiscard]] double share(double progress) const;  // 0 before, 1 after
  [[nodiscard]] double at(double progress) const { return most * share(progress); }
};

struct DiscrepancySettings final : ModelSettings {
  std::int64_t latents = 0;                  // 0: one an action
  std::vector<std::int64_t> hidden = {128};  // of encoder and decoder; empty: linear
  std::string output = "leaky_relu";         // leaky_relu, linear
  std::string causal = "linear";             // linear, relu, none

  std::string targets = "learned";                  // learned, known
  std::vector<std::string> order;                   // targets known: the action that acts on each latent
  std::vector<std::int64_t> target_hidden = {128};  // of the network that learns targets

  KernelDiscrepancySettings kernels;
  RampSettings discrepancy = {10.0, 0.05, 0.5};  // alpha
  RampSettings divergence = {2.0, 0.1, 1.0};     // beta
  RampSettings temperature = {5.0, 0.05, 1.0};   // of the targets' softmax; starts at 1
  double edge_penalty = 1e-3;                    // lambda

  bool draw = true;  // predictions draw z; false: its mean

  std::int64_t steps = 20000;
  std::int64_t batch = 32;
  AdamSettings optimiser = {.learning_rate = 1e-3};

  std::int64_t learn_steps = 300;  // of an action learned afterwards
  double learn_rate = 5e-2;

  void describe(Fields& fields) override;
  [[nodiscard]] std::unique_ptr<Model> build(const Task& task, std::uint64_t seed) const override;
};

}  // namespace brenier::models
