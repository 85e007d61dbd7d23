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
std::string train_command(const TempDir& dir) {
  return "train '" + repository_file("configs/experiment/svae_simulation.json").string() + "' --out '" +
         (dir / "run").string() + "' -s data.path='" + (dir / "svae.h5ad").string() +
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
  for (const auto& context : evaluation.at("contexts")) EXPECT_EQ(context.at("n_learned"), 15) << context.dump();
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
}

}  // namespace brenier::tests::svae_app_test
