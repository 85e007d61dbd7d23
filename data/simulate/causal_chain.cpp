#include "data/simulate/causal_chain.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/random.h"

namespace brenier::data {

void SimulateCausalChainSettings::describe(Fields& fields) {
  fields.integer("latents", latents, Range::between(2, 1000), "Length of the chain");
  fields.integer("observed", observed, Range::between(2, 100000), "Columns: the latents, then zeros");
  fields.real("weight", weight, Range::any(), "Of each latent on the next");
  fields.real("shift", shift, Range::any(), "What an action adds to its latent");
  fields.integer("control_cells", control_cells, Range::at_least(1), "Control cells");
  fields.integer("single_cells", single_cells, Range::at_least(1), "Cells of an action");
  fields.integer("double_cells", double_cells, Range::at_least(0), "Cells of a pair of actions; 0: no pairs");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything that is drawn");
  fields.require("observed", observed >= latents, "at least as many as latents");
}

SimulatedMechanisms simulate_causal_chain(const SimulateCausalChainSettings& settings) {
  const auto width = static_cast<std::size_t>(settings.latents);
  SimulatedMechanisms out;
  out.latent_dimension = settings.latents;
  out.masks.assign(width * width, 0.0);
  out.shifts.assign(width * width, 0.0);
  out.graph.assign(width * width, 0.0);
  for (std::size_t i = 0; i < width; ++i) {
    out.actions.push_back("u" + std::to_string(i + 1));
    out.masks[i * width + i] = 1.0;
    out.shifts[i * width + i] = settings.shift;
    if (i + 1 < width) out.graph[i * width + i + 1] = settings.weight;
  }
  const auto add = [&](const std::string& label, std::int64_t cells, std::int64_t training,
                       const std::vector<std::size_t>& targets) {
    RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/causal_chain/" + label);
    std::vector<double> u(width);
    for (std::int64_t k = 0; k < cells; ++k) {
      for (double& one : u) one = stream.normal();
      for (const std::size_t target : targets) u[target] += settings.shift;
      for (std::size_t i = 1; i < width; ++i) u[i] += settings.weight * std::max(u[i - 1], 0.0);
      append_cell(out, label, k < training ? "train" : "test", u);
    }
  };
  add("control", settings.control_cells, (settings.control_cells + 1) / 2, {});
  for (std::size_t i = 0; i < width; ++i) {
    add(out.actions[i], settings.single_cells, (settings.single_cells + 1) / 2, {i});
  }
  for (std::size_t i = 0; i < width; ++i) {
    for (std::size_t j = i + 1; j < width; ++j) {
      add(out.actions[i] + "+" + out.actions[j], settings.double_cells, 0, {i, j});
    }
  }
  const std::size_t cells = out.latents.size() / width;
  const auto columns = static_cast<std::size_t>(settings.observed);
  DenseMatrix x{static_cast<std::int64_t>(cells), settings.observed, std::vector<float>(cells * columns, 0.0F)};
  for (std::size_t k = 0; k < out.latents.size(); ++k) x.values[k / width * columns + k % width] = out.latents[k];
  set_expression(out, CellMatrix(std::move(x)), "x");
  out.table.source = "simulated causal chain";
  return out;
}

}  // namespace brenier::data
