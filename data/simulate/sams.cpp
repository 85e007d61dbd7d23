#include "data/simulate/sams.h"

#include <cmath>
#include <utility>
#include <vector>

#include "core/random.h"
#include "data/simulate/random_decoder.h"

namespace brenier::data {
namespace simulate_sams_detail {

void draw_actions(const SimulateSamsSettings& settings, SimulatedMechanisms& out) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/sams/actions");
  out.latent_dimension = settings.latents;
  out.actions = numbered_actions(settings.actions);
  for (std::int64_t k = 0; k < settings.actions * settings.latents; ++k) {
    const double shift = signed_shift(settings.shift_mean, settings.shift_deviation, stream);
    const bool there = stream.uniform() < settings.mask_probability;
    out.masks.push_back(there ? 1.0 : 0.0);
    out.shifts.push_back(there ? shift : 0.0);
  }
}

// Cell k of n: first those to train on, then those for validation, then those to test on.
const char* split_of(const SimulateSamsSettings& settings, std::int64_t k, std::int64_t n) {
  const std::int64_t all = settings.train_cells + settings.validation_cells + settings.test_cells;
  const std::int64_t test = n * settings.test_cells / all;
  const std::int64_t validation = n * settings.validation_cells / all;
  if (k >= n - test) return "test";
  return k >= n - test - validation ? "validation" : "train";
}

DenseMatrix with_noise(const SimulateSamsSettings& settings, const std::vector<double>& values) {
  RandomStream stream(static_cast<std::uint64_t>(settings.seed), "simulate/sams/noise");
  const auto genes = static_cast<std::size_t>(settings.genes);
  const auto cells = values.size() / genes;
  std::vector<double> mean(genes, 0.0);
  std::vector<double> variance(genes, 0.0);
  for (std::size_t k = 0; k < values.size(); ++k) mean[k % genes] += values[k] / static_cast<double>(cells);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double difference = values[k] - mean[k % genes];
    variance[k % genes] += difference * difference / static_cast<double>(cells);
  }
  DenseMatrix x{static_cast<std::int64_t>(cells), settings.genes, {}};
  x.values.reserve(values.size());
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double noise = std::sqrt(settings.noise * variance[k % genes]) * stream.normal();
    x.values.push_back(static_cast<float>(values[k] + noise));
  }
  return x;
}

}  // namespace simulate_sams_detail

void SimulateSamsSettings::describe(Fields& fields) {
  fields.integer("latents", latents, Range::between(1, 10000), "Dimension of the latent");
  fields.integer("actions", actions, Range::between(1, 100000), "Perturbations");
  fields.integer("train_cells", train_cells, Range::at_least(1), "Cells of an action that are marked as train");
  fields.integer("validation_cells", validation_cells, Range::at_least(0), "Marked as validation");
  fields.integer("test_cells", test_cells, Range::at_least(0), "Marked as test");
  fields.integer("control_cells", control_cells, Range::at_least(0), "Control cells");
  fields.integer("genes", genes, Range::between(2, 100000), "Phenotypes");
  fields.integer("hidden_layers", hidden_layers, Range::between(0, 100), "Hidden layers of the decoder");
  fields.integer("hidden", hidden, Range::between(1, 10000), "Width of each");
  fields.real("slope", slope, Range::between(0.0, 1.0), "Of the decoder's leaky ReLU");
  fields.real("mask_probability", mask_probability, Range::between(0.0, 1.0), "Chance that an action shifts a latent");
  fields.real("shift_mean", shift_mean, Range::at_least(0.0), "Mean size of a shift; its sign is random");
  fields.real("shift_deviation", shift_deviation, Range::at_least(0.0), "Standard deviation of its size");
  fields.real("noise", noise, Range::at_least(0.0), "Variance of the noise as a share of each phenotype's variance");
  fields.integer("seed", seed, Range::at_least(0), "Seed of everything that is drawn");
}

SimulatedMechanisms simulate_sams(const SimulateSamsSettings& settings) {
  namespace detail = simulate_sams_detail;
  SimulatedMechanisms out;
  detail::draw_actions(settings, out);
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  const auto add = [&](const std::string& label, std::int64_t cells, std::span<const double> shift) {
    RandomStream stream(seed, "simulate/sams/latents/" + label);
    append_shifted(out, cells, label, shift, stream,
                   [&](std::int64_t k) { return detail::split_of(settings, k, cells); });
  };
  const std::vector<double> none(static_cast<std::size_t>(settings.latents), 0.0);
  add("control", settings.control_cells, none);
  const auto cells = settings.train_cells + settings.validation_cells + settings.test_cells;
  for (std::size_t a = 0; a < out.actions.size(); ++a) add(out.actions[a], cells, out.shift(a));
  RandomStream stream(seed, "simulate/sams/decoder");
  const RandomDecoder decoder(decoder_sizes(settings.latents, settings.hidden_layers, settings.hidden, settings.genes),
                              settings.slope, stream);
  std::vector<double> values = decoder.decode(out.latents);
  const double deviation = overall_deviation(values);
  for (double& value : values) value /= deviation;
  set_expression(out, CellMatrix(detail::with_noise(settings, values)), "phenotype_");
  out.table.source = "simulated SAMS cells";
  return out;
}

}  // namespace brenier::data
