// The simulators with latent mechanisms: what they draw is what their headers say.
#include "data/simulate/mechanisms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/config/read.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/writer.h"
#include "data/perturbation/context_table.h"
#include "data/preprocess/normalize.h"
#include "data/simulate/random_decoder.h"
#include "data/simulate/sams.h"
#include "data/simulate/svae.h"
#include "tests/core/throws.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::mechanisms_test {

data::SimulateSvaeSettings small_svae() {
  data::SimulateSvaeSettings settings;
  settings.actions = 12;
  settings.test_actions = 3;
  settings.latents = 6;
  settings.cells = 40;
  settings.control_cells = 50;
  settings.genes = 20;
  return settings;
}

// Mean latent of the cells with a label. [L]
std::vector<double> mean_latent(const data::SimulatedMechanisms& simulated, const std::string& label) {
  const auto width = static_cast<std::size_t>(simulated.latent_dimension);
  const auto labels = simulated.table.obs.labels("perturbation");
  std::vector<double> mean(width, 0.0);
  double cells = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != label) continue;
    ++cells;
    for (std::size_t j = 0; j < width; ++j) mean[j] += static_cast<double>(simulated.latents[i * width + j]);
  }
  for (double& one : mean) one /= cells;
  return mean;
}

std::map<std::string, std::int64_t> counts_of(const data::SimulatedMechanisms& simulated, const std::string& column) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& label : simulated.table.obs.labels(column)) ++counts[label.value()];
  return counts;
}

// Latents are N(shift, I): the mean of n cells lies within 5 standard errors.
void expect_shifted(const data::SimulatedMechanisms& simulated, double cells) {
  for (std::size_t a = 0; a < simulated.actions.size(); ++a) {
    const auto mean = mean_latent(simulated, simulated.actions[a]);
    for (std::size_t j = 0; j < mean.size(); ++j) {
      EXPECT_NEAR(mean[j], simulated.shift(a)[j], 5.0 / std::sqrt(cells)) << simulated.actions[a] << " " << j;
      EXPECT_EQ(simulated.mask(a)[j] > 0.0, simulated.shift(a)[j] != 0.0);
    }
  }
}

TEST(SimulateSvae, HasThePublishedNumbers) {
  const data::SimulateSvaeSettings settings;
  const auto simulated = data::simulate_svae(settings);
  ASSERT_EQ(simulated.table.cells(), 25250);
  ASSERT_EQ(simulated.table.genes(), 100);
  EXPECT_EQ(simulated.actions.size(), 100U);
  EXPECT_EQ(simulated.actions[7], "action_007");
  EXPECT_EQ(counts_of(simulated, "perturbation")["action_099"], 250);
  EXPECT_EQ(counts_of(simulated, "split")["test"], 20 * 250);
  double targets = 0.0;
  double sizes = 0.0;
  double squares = 0.0;
  double positive = 0.0;
  for (std::size_t a = 0; a < 100; ++a) {
    double of_action = 0.0;
    for (std::size_t j = 0; j < 15; ++j) {
      of_action += simulated.mask(a)[j];
      const double shift = simulated.shift(a)[j];
      sizes += std::abs(shift);
      squares += shift * shift;
      positive += shift > 0.0 ? 1.0 : 0.0;
    }
    EXPECT_GE(of_action, 1.0);
    EXPECT_LE(of_action, 3.0);
    targets += of_action;
  }
  EXPECT_NEAR(targets, 100 * 2 - 9, 35);  // some of the draws with replacement meet
  EXPECT_NEAR(sizes / targets, 5.0, 0.15);
  EXPECT_NEAR(std::sqrt(squares / targets - std::pow(sizes / targets, 2)), 0.5, 0.12);
  EXPECT_NEAR(positive / targets, 0.5, 0.18);
  expect_shifted(simulated, 250);
  for (const double one : mean_latent(simulated, "control")) EXPECT_NEAR(one, 0.0, 5.0 / std::sqrt(250.0));
  // Each gene sums to a Poisson of mean 1e6; a cell has 1e6 G / N on average, and its library varies.
  ASSERT_TRUE(simulated.table.x.is_sparse());
  std::vector<double> totals(100, 0.0);
  const auto& x = simulated.table.x.sparse();
  for (std::size_t k = 0; k < x.values.size(); ++k) {
    totals[static_cast<std::size_t>(x.indices[k])] += static_cast<double>(x.values[k]);
    ASSERT_EQ(x.values[k], std::floor(x.values[k]));
  }
  for (const double total : totals) EXPECT_NEAR(total, 1e6, 6e3);
  const auto libraries = data::total_counts(simulated.table.x);
  const auto [least, most] = std::minmax_element(libraries.begin(), libraries.end());
  EXPECT_LT(*least, 3000.0);
  EXPECT_GT(*most, 6000.0);
}

TEST(SimulateSvae, TheCorrectedSoftmaxGivesEachCellItsLibrary) {
  auto settings = small_svae();
  settings.softmax = "genes";
  settings.library_size = 9000;
  for (const double total : data::total_counts(data::simulate_svae(settings).table.x)) {
    EXPECT_NEAR(total, 9000.0, 6.0 * std::sqrt(9000.0));
  }
}

TEST(SimulateSvae, ControlsCanBeLeftOutAndTheSeedDecides) {
  auto settings = small_svae();
  const auto a = to_ann_data(data::simulate_svae(settings));
  EXPECT_TRUE(to_ann_data(data::simulate_svae(settings)) == a);
  settings.seed = 1;
  EXPECT_FALSE(to_ann_data(data::simulate_svae(settings)) == a);
  settings.control_cells = 0;
  const auto without = data::simulate_svae(settings);
  EXPECT_EQ(without.table.cells(), 12 * 40);
  EXPECT_FALSE(counts_of(without, "perturbation").contains("control"));
}

TEST(SimulateMechanisms, TheFileHoldsCellsAndTruth) {
  const auto simulated = data::simulate_svae(small_svae());
  const TempDir dir;
  data::write_h5ad(to_ann_data(simulated), dir / "s.h5ad");
  const auto file = data::read_h5ad(dir / "s.h5ad");
  EXPECT_EQ(*file.obsm.find("latent")->as<data::NumericArray>(), (data::NumericArray{{530, 6}, simulated.latents}));
  EXPECT_EQ(*file.uns.find("true_masks")->as<data::NumericArray>(), (data::NumericArray{{12, 6}, simulated.masks}));
  EXPECT_EQ(*file.uns.find("true_shifts")->as<data::NumericArray>(), (data::NumericArray{{12, 6}, simulated.shifts}));
  EXPECT_EQ(file.uns.find("true_actions")->as<data::StringArray>()->values, simulated.actions);
  EXPECT_EQ(file.uns.find("true_graph"), nullptr);
  const auto back = data::read_cells(dir / "s.h5ad");
  EXPECT_EQ(back.x.sparse().values, simulated.table.x.sparse().values);
  data::PerturbationSettings grammar;
  grammar.preset = "scperturb";
  EXPECT_EQ(data::label_contexts(back, grammar).contexts.size(), 13U);
}

TEST(SimulateSams, HasThePublishedNumbers) {
  const data::SimulateSamsSettings settings;
  const auto simulated = data::simulate_sams(settings);
  ASSERT_EQ(simulated.table.cells(), 70250);
  ASSERT_EQ(simulated.table.genes(), 100);
  EXPECT_EQ(counts_of(simulated, "perturbation")["action_050"], 700);
  auto splits = counts_of(simulated, "split");
  EXPECT_EQ(splits["validation"], 100 * 100 + 35);
  EXPECT_EQ(splits["test"], 100 * 100 + 35);
  double density = 0.0;
  double sizes = 0.0;
  for (const double one : simulated.masks) density += one / 1500.0;
  for (const double one : simulated.shifts) sizes += std::abs(one) / 1500.0;
  EXPECT_NEAR(density, 2.0 / 15.0, 0.035);
  EXPECT_NEAR(sizes / density, 5.0, 0.15);
  expect_shifted(simulated, 700);
  double square = 0.0;
  const auto& x = simulated.table.x.dense().values;
  for (const float value : x) square += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(square / static_cast<double>(x.size()), 1.2, 0.15);  // signal 1, noise a fifth of it
}

TEST(SimulateSams, NoiseIsAShareOfEachPhenotypesVariance) {
  data::SimulateSamsSettings settings;
  settings.actions = 20;
  settings.genes = 5;
  settings.noise = 0.0;
  const auto clean = data::simulate_sams(settings).table.x.dense().values;
  settings.noise = 0.3;
  const auto noisy = data::simulate_sams(settings).table.x.dense().values;
  const double cells = static_cast<double>(clean.size()) / 5.0;
  for (std::size_t g = 0; g < 5; ++g) {
    double mean = 0.0;
    double square = 0.0;
    double noise = 0.0;
    for (std::size_t k = g; k < clean.size(); k += 5) {
      mean += static_cast<double>(clean[k]) / cells;
      square += std::pow(static_cast<double>(clean[k]), 2) / cells;
      noise += std::pow(static_cast<double>(noisy[k]) - static_cast<double>(clean[k]), 2) / cells;
    }
    EXPECT_NEAR(noise / (square - mean * mean), 0.3, 0.02);
  }
}

TEST(RandomDecoder, WeightsAreScaledOrthonormalMatrices) {
  RandomStream stream(1, "test");
  const data::RandomDecoder decoder({3, 7, 7, 4}, 0.2, stream);
  ASSERT_EQ(decoder.weights().size(), 3U);
  const std::size_t sizes[] = {3, 7, 7, 4};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& w = decoder.weights()[k];
    const std::size_t in = sizes[k];
    const std::size_t out = sizes[k + 1];
    ASSERT_EQ(w.size(), in * out);
    const double squared = 2.0 / 1.04 * 2.0 / static_cast<double>(in + out);
    const bool rows = in <= out;  // the shorter side is orthonormal
    for (std::size_t a = 0; a < std::min(in, out); ++a) {
      for (std::size_t b = 0; b < std::min(in, out); ++b) {
        double dot = 0.0;
        for (std::size_t c = 0; c < std::max(in, out); ++c) {
          dot += rows ? w[a * out + c] * w[b * out + c] : w[c * out + a] * w[c * out + b];
        }
        EXPECT_NEAR(dot, a == b ? squared : 0.0, 1e-12) << k;
      }
    }
  }
}

TEST(RandomDecoder, IsLeakyBetweenMapsAndLinearAtTheEnd) {
  RandomStream stream(1, "test");
  const data::RandomDecoder decoder({1, 1, 1}, 0.5, stream);
  const double first = decoder.weights()[0][0];
  const double second = decoder.weights()[1][0];
  const std::vector<float> latents = {2.0F, -2.0F};
  const auto decoded = decoder.decode(latents);
  for (std::size_t i = 0; i < 2; ++i) {
    const double hidden = first * static_cast<double>(latents[i]);
    EXPECT_NEAR(decoded[i], second * (hidden > 0.0 ? hidden : 0.5 * hidden), 1e-12);
  }
}

template <class Settings>
void expect_refused(const std::string& json, const std::string& word) {
  const std::string text = error_text(ErrorKind::kUsage, [&] {
    (void)read_settings<Settings>(document_from(nlohmann::ordered_json::parse(json), "."));
  });
  EXPECT_NE(text.find(word), std::string::npos) << json << "\n" << text;
}

TEST(SimulateMechanisms, WrongSettingsAreRefused) {
  expect_refused<data::SimulateSvaeSettings>(R"({"test_actions": 100})", "test_actions");
  for (const std::string key : {"latents", "actions", "cells", "genes", "hidden", "max_targets", "gene_total"}) {
    expect_refused<data::SimulateSvaeSettings>("{\"" + key + "\": 0}", key);
  }
  for (const std::string key : {"control_cells", "hidden_layers", "slope", "shift_mean", "shift_deviation",
                                "library_size", "seed", "test_actions"}) {
    expect_refused<data::SimulateSvaeSettings>("{\"" + key + "\": -1}", key);
  }
  expect_refused<data::SimulateSvaeSettings>(R"({"softmax": "rows"})", "'cells'");
  for (const std::string key :
       {"latents", "actions", "train_cells", "validation_cells", "test_cells", "control_cells", "genes",
        "hidden_layers", "hidden", "slope", "mask_probability", "shift_mean", "shift_deviation", "noise", "seed"}) {
    expect_refused<data::SimulateSamsSettings>("{\"" + key + "\": -1}", key);
  }
  expect_refused<data::SimulateSamsSettings>(R"({"mask_probability": 1.5})", "mask_probability");
}

}  // namespace brenier::tests::mechanisms_test
