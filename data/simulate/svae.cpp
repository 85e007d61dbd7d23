#include "data/simulate/svae.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"
#include "data/simulate/random_decoder.h"

namespace brenier::data {
namespace simulate_svae_detail {

void draw_actions(const SimulateSvaeSettings& settings, SimulatedMechanisms& out) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/svae/actions");
  const auto latents = static_cast<std::size_t>(settings.latents);
  out.latent_dimension = settings.latents;
  out.actions = numbered_actions(settings.actions);
  out.masks.assign(out.actions.size() * latents, 0.0);
  out.shifts.assign(out.masks.size(), 0.0);
  for (std::size_t a = 0; a < out.actions.size(); ++a) {
    const std::int64_t targets = 1 + stream.below(settings.max_targets);
    for (std::int64_t k = 0; k < targets; ++k) {
      out.masks[a * latents + static_cast<std::size_t>(stream.below(settings.latents))] = 1.0;
    }
    for (std::size_t j = a * latents; j < (a + 1) * latents; ++j) {
      if (out.masks[j] > 0.0) out.shifts[j] = signed_shift(settings.shift_mean, settings.shift_deviation, stream);
    }
  }
}

// Expected counts in place of logits. [N, G]
void expected_counts(const SimulateSvaeSettings& settings, std::vector<double>& logits) {
  const auto genes = static_cast<std::size_t>(settings.genes);
  const double deviation = overall_deviation(logits);
  for (double& y : logits) y = std::exp(y / deviation);
  const bool over_cells = settings.softmax == "cells";
  std::vector<double> sums(over_cells ? genes : logits.size() / genes, 0.0);
  const auto group = [&](std::size_t k) { return over_cells ? k % genes : k / genes; };
  for (std::size_t k = 0; k < logits.size(); ++k) sums[group(k)] += logits[k];
  const double total = over_cells ? settings.gene_total : settings.library_size;
  for (std::size_t k = 0; k < logits.size(); ++k) logits[k] *= total / sums[group(k)];
}

CsrMatrix draw_counts(const SimulateSvaeSettings& settings, const std::vector<double>& expected) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/svae/counts");
  const auto genes = static_cast<std::size_t>(settings.genes);
  CsrMatrix x{static_cast<std::int64_t>(expected.size() / genes), settings.genes, {0}, {}, {}};
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (const std::int64_t count = stream.poisson(expected[k]); count > 0) {
      x.indices.push_back(static_cast<std::int32_t>(k % genes));
      x.values.push_back(static_cast<float>(count));
    }
    if (k % genes == genes - 1) x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
  }
  return x;
}

}  // namespace simulate_svae_detail

void SimulateSvaeSettings::describe(Fields& fields) {
  fields.integer("latents", latents, Range::between(1, 10000), "Dimension of the latent");
  fields.integer("actions", actions, Range::between(1, 100000), "Perturbations");
  fields.integer("test_actions", test_actions, Range::at_least(0), "The last so many are marked as test");
  fields.integer("cells", cells, Range::at_least(1), "Cells of an action");
  fields.integer("control_cells", control_cells, Range::at_least(0),
                 "Control cells; the published simulation has none (0)");
  fields.integer("genes", genes, Range::between(2, 100000), "Genes");
  fields.integer("hidden_layers", hidden_layers, Range::between(0, 100), "Hidden layers of the decoder");
  fields.integer("hidden", hidden, Range::between(1, 10000), "Width of each");
  fields.real("slope", slope, Range::between(0.0, 1.0), "Of the decoder's leaky ReLU");
  fields.integer("max_targets", max_targets, Range::at_least(1), "Most latents an action shifts, drawn with repeats");
  fields.real("shift_mean", shift_mean, Range::at_least(0.0), "Mean size of a shift; its sign is random");
  fields.real("shift_deviation", shift_deviation, Range::at_least(0.0), "Standard deviation of its size");
  fields.choice("softmax", softmax, {"cells", "genes"},
                "cells: as published, each gene's counts over all cells sum to gene_total; genes: corrected, each "
                "cell's counts sum to library_size");
  fields.real("gene_total", gene_total, Range{0.0, 1e12, true, false}, "Expected counts of a gene (softmax cells)");
  fields.real("library_size", library_size, Range{0.0, 1e9, true, false}, "Expected counts of a cell (softmax genes)");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything that is drawn");
  fields.require("test_actions", test_actions < actions, "fewer than there are actions");
}

SimulatedMechanisms simulate_svae(const SimulateSvaeSettings& settings) {
  namespace detail = simulate_svae_detail;
  SimulatedMechanisms out;
  detail::draw_actions(settings, out);
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  const auto add = [&](const std::string& label, std::int64_t cells, std::span<const double> shift, const char* split) {
    RandomStream stream(seed, "simulate/svae/latents/" + label);
    append_shifted(out, cells, label, shift, stream, [split](std::int64_t) { return split; });
  };
  const std::vector<double> none(static_cast<std::size_t>(settings.latents), 0.0);
  add("control", settings.control_cells, none, "train");
  for (std::size_t a = 0; a < out.actions.size(); ++a) {
    const bool test = static_cast<std::int64_t>(a) >= settings.actions - settings.test_actions;
    add(out.actions[a], settings.cells, out.shift(a), test ? "test" : "train");
  }
  RandomStream stream(seed, "simulate/svae/decoder");
  const RandomDecoder decoder(decoder_sizes(settings.latents, settings.hidden_layers, settings.hidden, settings.genes),
                              settings.slope, stream);
  std::vector<double> values = decoder.decode(out.latents);
  detail::expected_counts(settings, values);
  set_expression(out, CellMatrix(detail::draw_counts(settings, values)), "gene_");
  out.table.source = "simulated sVAE cells";
  return out;
}

}  // namespace brenier::data
