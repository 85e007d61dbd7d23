#include "data/simulate/causal_chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "tests/core/throws.h"

namespace brenier::tests::causal_chain_test {

TEST(SimulateCausalChain, HasThePublishedCells) {
  const auto simulated = data::simulate_causal_chain({});
  EXPECT_EQ(simulated.table.cells(), 6 * 2048 + 10 * 1024);
  EXPECT_EQ(simulated.table.genes(), 10);
  EXPECT_EQ(simulated.actions, (std::vector<std::string>{"u1", "u2", "u3", "u4", "u5"}));
  const auto labels = simulated.table.obs.labels("perturbation");
  const auto splits = simulated.table.obs.labels("split");
  std::map<std::string, std::int64_t> train;
  std::map<std::string, std::int64_t> test;
  for (std::size_t i = 0; i < labels.size(); ++i) ++(splits[i] == "train" ? train : test)[*labels[i]];
  EXPECT_EQ(train.size(), 6U);
  EXPECT_EQ(test.size(), 16U);
  for (const auto& [label, cells] : train) EXPECT_EQ(cells, 1024) << label;
  for (const auto& [label, cells] : test) EXPECT_EQ(cells, 1024) << label;
  EXPECT_TRUE(test.contains("u2+u5"));
}

// What is left of a latent after its cause is N(shift of the action, 1).
TEST(SimulateCausalChain, LatentsFollowTheChain) {
  data::SimulateCausalChainSettings settings;
  settings.latents = 4;
  settings.weight = 0.7;
  settings.shift = 3.0;
  settings.observed = 6;
  const auto simulated = data::simulate_causal_chain(settings);
  const auto labels = simulated.table.obs.labels("perturbation");
  const auto& x = simulated.table.x.dense().values;
  std::map<std::string, std::vector<double>> means;
  std::map<std::string, std::vector<double>> squares;
  std::map<std::string, double> cells;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    auto& mean = means[*labels[i]];
    auto& square = squares[*labels[i]];
    mean.resize(4);
    square.resize(4);
    ++cells[*labels[i]];
    for (std::size_t j = 0; j < 4; ++j) {
      const double cause = j > 0 ? std::max(static_cast<double>(simulated.latents[4 * i + j - 1]), 0.0) : 0.0;
      const double rest = static_cast<double>(simulated.latents[4 * i + j]) - 0.7 * cause;
      mean[j] += rest;
      square[j] += rest * rest;
      ASSERT_EQ(x[6 * i + j], simulated.latents[4 * i + j]);
    }
    ASSERT_EQ(x[6 * i + 4], 0.0F);
    ASSERT_EQ(x[6 * i + 5], 0.0F);
  }
  for (const auto& [label, n] : cells) {
    for (std::size_t j = 0; j < 4; ++j) {
      const double mean = means[label][j] / n;
      const bool target = label.find("u" + std::to_string(j + 1)) != std::string::npos;
      EXPECT_NEAR(mean, target ? 3.0 : 0.0, 5.0 / std::sqrt(n)) << label;
      EXPECT_NEAR(squares[label][j] / n - mean * mean, 1.0, 7.5 / std::sqrt(n)) << label;
    }
  }
}

TEST(SimulateCausalChain, TheFileHoldsTheGraphAndTheSeedDecides) {
  data::SimulateCausalChainSettings settings;
  settings.control_cells = 5;
  settings.single_cells = 4;
  settings.double_cells = 0;
  const auto file = to_ann_data(data::simulate_causal_chain(settings));
  EXPECT_TRUE(to_ann_data(data::simulate_causal_chain(settings)) == file);
  const auto* graph = file.uns.find("true_graph")->as<data::NumericArray>();
  ASSERT_EQ(graph->shape, (std::vector<std::int64_t>{5, 5}));
  for (std::int64_t j = 0; j < 5; ++j) {
    for (std::int64_t i = 0; i < 5; ++i) EXPECT_EQ(graph->at(5 * j + i), i == j + 1 ? 1.0 : 0.0);
  }
  EXPECT_EQ(file.uns.find("true_shifts")->as<data::NumericArray>()->at(6), 5.0);
  EXPECT_EQ(file.obs.rows(), 25);
  settings.seed = 1;
  EXPECT_FALSE(to_ann_data(data::simulate_causal_chain(settings)) == file);
}

TEST(SimulateCausalChain, WrongSettingsAreRefused) {
  const auto refused = [](const std::string& json, const std::string& word) {
    const std::string text = error_text(ErrorKind::kUsage, [&] {
      (void)read_settings<data::SimulateCausalChainSettings>(document_from(nlohmann::ordered_json::parse(json), "."));
    });
    EXPECT_NE(text.find(word), std::string::npos) << json << "\n" << text;
  };
  refused(R"({"observed": 4})", "at least as many as latents");
  for (const std::string key : {"latents", "observed", "control_cells", "single_cells", "double_cells", "seed"}) {
    refused("{\"" + key + "\": -1}", key);
  }
}

}  // namespace brenier::tests::causal_chain_test
