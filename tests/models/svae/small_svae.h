// Cells whose actions have known effects, and a small Svae that learns them in a moment.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "models/svae/svae.h"
#include "tests/models/tensor_view.h"

namespace brenier::models {
namespace svae_test {

constexpr std::int64_t kGenes = 12;

// Counts whose log means are `base` plus what the actions of a cell add: a raises genes 0-3, b lowers genes 4-7.
inline at::Tensor count_cells(std::int64_t rows, const Context& context, std::uint64_t seed) {
  RandomStream stream(seed, "counts");
  auto cells = at::empty({rows, kGenes});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t g = 0; g < kGenes; ++g) {
      double log_mean = 1.5 + 0.1 * static_cast<double>(g);
      for (const auto& action : context.actions) {
        if (action.name == "a" && g < 4) log_mean += 1.0;
        if (action.name == "b" && g >= 4 && g < 8) log_mean -= 1.0;
        if (action.name == "c" && g >= 8) log_mean += 1.0;
      }
      cells.mutable_data_ptr<float>()[i * kGenes + g] = static_cast<float>(stream.poisson(std::exp(log_mean)));
    }
  }
  return cells;
}

inline Context under(const std::vector<std::string>& names) {
  std::vector<Action> actions;
  for (const auto& name : names) actions.push_back({name, 1.0});
  return make_context(actions, {});
}

inline tests::TensorView two_actions() {
  tests::TensorView view(kGenes);
  const auto control = view.add_cells(count_cells(150, {}, 1));
  for (const std::string name : {"a", "b"}) {
    view.add(under({name}), control, view.add_cells(count_cells(150, under({name}), name == "a" ? 2 : 3)));
  }
  return view;
}

inline SvaeSettings small(const std::string& kind) {
  SvaeSettings settings(kind);
  settings.latent_width = 3;
  settings.hidden = {16};
  settings.steps = 600;
  settings.warmup_steps = 100;
  settings.batch = 64;
  settings.gamma = 5.0;
  settings.particles = 1;
  settings.optimiser.learning_rate = 5e-3;
  return settings;
}

inline Batch batch_of(const tests::TensorView& view, std::int64_t size, std::int64_t step) {
  RandomStream stream(static_cast<std::uint64_t>(step), "batch");
  Batch batch;
  const auto rows = stream.sample(view.size(), size);
  batch.cells = view.rows(rows);
  batch.labels = at::full({size}, -1, at::kLong);
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < view.contexts().size(); ++k) {
      const auto& treated = view.contexts()[k].treated;
      if (std::find(treated.begin(), treated.end(), rows[static_cast<std::size_t>(i)]) != treated.end()) {
        batch.labels[i] = static_cast<std::int64_t>(k);
      }
    }
  }
  return batch;
}

inline void train(Svae& model, const tests::TensorView& view, std::int64_t from, std::int64_t to) {
  if (from == 0) model.begin_stage(0, view);
  for (std::int64_t step = from; step < to; ++step) {
    for (const auto& [name, value] : model.step(batch_of(view, 64, step), {0, step, 1.0})) {
      ASSERT_TRUE(std::isfinite(value)) << name << " at " << step;
    }
  }
}

// Between the mean shares of the genes: a prediction has the library of its control cell.
inline double error_of(const at::Tensor& predicted, const at::Tensor& truth) {
  const auto share = [](const at::Tensor& cells) { return (cells / cells.sum(1, true)).mean(0); };
  return 1e4 * (share(predicted) - share(truth)).square().sum().item<double>();
}

// A prediction is nearer to cells of the action than `part` of what control cells are.
inline void expect_near(const Model& model, const at::Tensor& control, const std::string& action, double part,
                        const std::string& what) {
  const auto truth = count_cells(400, under({action}), 20);
  const double error = error_of(model.predict(control, under({action})), truth);
  EXPECT_LT(error, part * error_of(control, truth)) << what << " " << action;
}

}  // namespace svae_test

}  // namespace brenier::models
