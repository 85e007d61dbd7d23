// Cells with known mechanisms, from the simulator to the scores of what was recovered: the shipped experiment, small.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/io/atomic_file.h"
#include "tests/apps/command_line.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::svae_app_test {

// The shipped configuration, with a network and a training that are over in a moment. The last two of twelve actions
// are held out.
std::string train_command(const TempDir& dir, const std::string& run = "run") {
  return "train '" + repository_file("configs/experiment/svae_simulation.json").string() + "' --out '" +
         (dir / run).string() + "' -s data.path='" + (dir / "svae.h5ad").string() +
         R"(' -s 'split.perturbations=["action_010", "action_011"]' -s model.latent_width=4 -s model.hidden=[16])"
         " -s model.steps=60 -s model.warmup_steps=20 -s model.rotation_step=30 -s model.batch=64"
         " -s evaluate.mechanisms.samples=5 -s evaluate.mechanisms.cells=10 -s evaluate.bootstrap=10"
         R"( -s 'evaluate.metrics=["r2_mean", "energy_distance"]')";
}

TEST(SvaeVerbs, SimulateTrainAndScoreMechanisms) {
  const TempDir dir;
  const auto made = brenier(
      "simulate svae -s actions=12 -s test_actions=2 -s cells=30 -s control_cells=40 -s genes=30 -s latents=4"
      " --output '" +
      (dir / "svae.h5ad").string() + "'");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto trained = brenier(train_command(dir));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto evaluation = nlohmann::json::parse(read_file(dir / "run/evaluation.json"));
  const auto& summary = evaluation.at("summary");
  for (const auto* score : {"mcc", "mask_f1"}) {
    const auto& mean = summary.at("model").at(score).at("mean");
    ASSERT_TRUE(mean.is_number()) << score << ": " << mean.dump();
    EXPECT_GE(mean.get<double>(), 0.0) << score;
    EXPECT_LE(mean.get<double>(), 1.0) << score;
  }
  EXPECT_GT(summary.at("model").at("mcc").at("mean").get<double>(), 0.0);
  EXPECT_EQ(evaluation.at("contexts").size(), 2U);
  for (const auto& context : evaluation.at("contexts")) EXPECT_EQ(context.at("n_learned"), 2) << context.dump();
  for (const auto* method : {"identity", "mean_shift", "additive", "nearest_context", "linear", "ceiling"}) {
    EXPECT_TRUE(summary.at(method).at("r2_mean").at("mean").is_number()) << method;
  }
  // The run judges itself again alike.
  const auto again = brenier("evaluate '" + (dir / "run").string() + "' --json");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const auto judged = nlohmann::json::parse(again.out).at("summary");
  for (const auto* score : {"mcc", "mask_f1"}) {
    EXPECT_EQ(judged.at("model").at(score), summary.at("model").at(score)) << score;
  }
  EXPECT_EQ(judged.at("mean_shift"), summary.at("mean_shift"));

  // Another seed on a part of the genes: how far the two agree.
  std::string genes;
  for (int g = 0; g < 20; ++g) genes += (g > 0 ? ",\"gene_" : "\"gene_") + std::to_string(g) + '"';
  const auto other = brenier(train_command(dir, "other") + " -s seed=1 -s preprocess.genes.flavor=listed" +
                             " -s 'preprocess.genes.keep=[" + genes + "]'");
  ASSERT_EQ(other.exit_code, 0) << other.err;
  const std::string both = "stability '" + (dir / "run").string() + "' '" + (dir / "other").string() + "'";
  const auto compared = brenier(both + " --json");
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  const auto pair = nlohmann::json::parse(compared.out).at("pairs").at(0);
  EXPECT_EQ(pair.at("cells"), 40 + 10 * 30);  // all but those of the held-out actions
  EXPECT_EQ(pair.at("actions"), 10);
  EXPECT_GT(pair.at("latent_correlation").get<double>(), 0.0);
  EXPECT_LE(pair.at("latent_correlation").get<double>(), 1.0);
  const auto table = brenier(both);
  ASSERT_EQ(table.exit_code, 0) << table.err;
  EXPECT_NE(table.out.find("mask_f1_chance"), std::string::npos) << table.out;
  const auto alone = brenier("stability '" + (dir / "run").string() + "'");
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_NE(alone.err.find("at least two runs"), std::string::npos) << alone.err;
}

}  // namespace brenier::tests::svae_app_test
