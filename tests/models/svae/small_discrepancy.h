// A small discrepancy-VAE and its training, for tests.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "models/svae/discrepancy_vae.h"
#include "tests/models/condot/populations.h"
#include "tests/models/tensor_view.h"

namespace brenier::tests {

// The published simulation's model in small: linear networks, known targets, a ReLU graph.
inline models::DiscrepancySettings small_discrepancy(std::int64_t steps) {
  models::DiscrepancySettings settings;
  settings.hidden = {};
  settings.output = "linear";
  settings.causal = "relu";
  settings.targets = "known";
  settings.target_hidden = {8};
  settings.discrepancy = {4.0, 0.02, 0.3};
  settings.divergence = {0.05, 0.05, 1.0};
  settings.temperature = {1.0, 0.0, 1.0};
  settings.edge_penalty = 0.01;
  settings.steps = steps;
  settings.batch = 64;
  settings.optimiser.learning_rate = 0.05;
  return settings;
}

// Steps [from, to) with a rate that falls to 0; ends the training at the last step.
inline void train_discrepancy(models::DiscrepancyVae& model, const TensorView& view,
                              const models::DiscrepancySettings& settings, std::int64_t from, std::int64_t to) {
  if (from == 0) model.begin_stage(0, view);
  for (std::int64_t step = from; step < to; ++step) {
    const auto k = static_cast<std::size_t>(step) % view.contexts().size();
    const auto batch = models::draw_batch(view, k, settings.batch, settings.batch, static_cast<std::uint64_t>(step));
    const double progress = static_cast<double>(step) / static_cast<double>(settings.steps);
    const auto losses = model.step(batch, {0, step, 0.5 * (1.0 + std::cos(3.14159 * progress))});
    ASSERT_EQ(losses.size(), 4U);
    for (const auto& [name, value] : losses) ASSERT_TRUE(std::isfinite(value)) << name;
  }
  if (to == settings.steps) model.end_training(view);
}

}  // namespace brenier::tests
