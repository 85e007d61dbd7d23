#include "train/model_card.h"

#include <gtest/gtest.h>

#include "core/log.h"
#include "models/baseline/identity.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/line_experiment.h"
#include "tests/train/small_experiment.h"
#include "train/table_view.h"

namespace brenier::train {

TEST(ModelCard, MeansAreThoseOfTheUnperturbedTrainingCells) {
  const tests::TempDir dir;
  SilentReporter reporter;
  const auto settings = tests::small_experiment(dir.path());
  auto prepared = prepare_data(settings, reporter);
  const auto means = control_means(prepared);
  ASSERT_EQ(std::ssize(means), prepared.table.genes());
  std::vector<std::int64_t> controls;
  for (const auto row : prepared.split.train) {
    if (*prepared.table.obs.labels("perturbation")[static_cast<std::size_t>(row)] == "control") controls.push_back(row);
  }
  ASSERT_FALSE(controls.empty());
  const auto expected = dense_rows(prepared.table, controls).mean(0);
  for (std::size_t g = 0; g < means.size(); ++g)
    EXPECT_NEAR(means[g], expected[static_cast<std::int64_t>(g)].item<float>(), 1e-5F);
  prepared.split.train.clear();
  EXPECT_TRUE(control_means(prepared).empty());
}

TEST(ModelCard, TrainingIsSummarisedByNumbersAndHeldOutContexts) {
  const tests::TempDir dir;
  SilentReporter reporter;
  const auto settings = tests::small_experiment(dir.path());
  const auto prepared = prepare_data(settings, reporter);
  const auto summary = training_summary(settings, prepared);
  EXPECT_EQ(summary["data"], "cells.h5ad");  // no folder of this machine
  EXPECT_EQ(summary["cells"], prepared.split.train.size());
  EXPECT_EQ(summary["held_out_cells"], 40);
  EXPECT_EQ(summary["genes"], prepared.table.genes());
  ASSERT_EQ(summary["held_out"].size(), 1U);
  EXPECT_EQ(context_from_json(summary["held_out"][0]), prepared.split.held_out.front());
}

TEST(ModelCard, SaysThatAModelHasLatentMechanisms) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const auto with = describe_trained(settings, prepared, tests::line_model(prepared), {});
  EXPECT_TRUE(with.training.at("mechanisms").get<bool>());
  const models::IdentityModel plain(TableView(prepared).task());
  EXPECT_FALSE(describe_trained(settings, prepared, plain, {}).training.contains("mechanisms"));
}

}  // namespace brenier::train
