#include "train/evaluation/mechanism_agreement.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "models/baseline/identity.h"
#include "models/nn/initialise.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/line_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace mechanism_agreement_test {

constexpr std::int64_t kCells = 300;

// Twelve actions over four latents, each moving one; latents of cells c0, c1, ...
MechanismRun run(std::uint64_t seed) {
  RandomStream stream(seed, "test");
  MechanismRun made{"first", {}, {}, models::normal_tensor(stream, {kCells, 4}, 1.0, at::kFloat)};
  for (int i = 0; i < 12; ++i) made.mechanisms.actions.push_back("a" + std::to_string(i));
  made.mechanisms.shifts = models::normal_tensor(stream, {12, 4}, 1.0, at::kFloat);
  made.mechanisms.masks = at::full({12, 4}, 0.1);
  for (std::int64_t i = 0; i < 12; ++i) made.mechanisms.masks[i][i % 4] = 0.9;
  for (std::int64_t i = 0; i < kCells; ++i) made.cells.push_back("c" + std::to_string(i));
  return made;
}

// The same run with its latents in another order, the first one turned round, and rows of both tables reversed.
MechanismRun renumbered(const MechanismRun& from) {
  auto other = from;
  other.name = "second";
  const auto order = at::tensor({2, 0, 3, 1}, at::kLong);
  const auto signs = at::tensor({-1.0F, 1.0F, 1.0F, 1.0F});
  other.latents = (from.latents.index_select(1, order) * signs * 3.0).flip(0);
  other.mechanisms.shifts = (from.mechanisms.shifts.index_select(1, order) * signs * 3.0).flip(0);
  other.mechanisms.masks = from.mechanisms.masks.index_select(1, order).flip(0);
  std::reverse(other.cells.begin(), other.cells.end());
  std::reverse(other.mechanisms.actions.begin(), other.mechanisms.actions.end());
  return other;
}

}  // namespace mechanism_agreement_test

TEST(MechanismAgreement, OrderSignAndScaleOfLatentsDoNotMatter) {
  namespace helpers = mechanism_agreement_test;
  const auto first = helpers::run(1);
  const auto agreement = mechanism_agreement(first, helpers::renumbered(first));
  EXPECT_EQ(agreement.cells, helpers::kCells);
  EXPECT_EQ(agreement.actions, 12);
  EXPECT_NEAR(agreement.latent_correlation, 1.0, 1e-6);
  EXPECT_DOUBLE_EQ(agreement.mask_f1, 1.0);
  EXPECT_DOUBLE_EQ(agreement.mask_jaccard, 1.0);
  EXPECT_NEAR(agreement.shift_correlation, 1.0, 1e-6);
  EXPECT_NEAR(agreement.mask_f1_chance, 0.25, 0.03);  // one of four latents is the right one
}

TEST(MechanismAgreement, OnlyWhatBothRunsHaveCounts) {
  namespace helpers = mechanism_agreement_test;
  const auto first = helpers::run(1);
  auto second = helpers::renumbered(first);
  second.cells.resize(200);
  second.latents = second.latents.slice(0, 0, 200);
  second.mechanisms.actions[0] = "of the second alone";
  second.mechanisms.masks[0] = 1 - second.mechanisms.masks[0];
  const auto agreement = mechanism_agreement(first, second);
  EXPECT_EQ(agreement.cells, 200);
  EXPECT_EQ(agreement.actions, 11);
  EXPECT_DOUBLE_EQ(agreement.mask_f1, 1.0);
}

TEST(MechanismAgreement, UnrelatedRunsAgreeAsChanceHasIt) {
  namespace helpers = mechanism_agreement_test;
  auto second = helpers::run(2);
  RandomStream stream(5, "shuffle");
  second.mechanisms.masks = second.mechanisms.masks.index_select(0, at::tensor(stream.sample(12, 12), at::kLong));
  const auto agreement = mechanism_agreement(helpers::run(1), second);
  EXPECT_LT(agreement.latent_correlation, 0.2);
  EXPECT_NEAR(agreement.mask_f1, agreement.mask_f1_chance, 0.35);
  EXPECT_LT(std::abs(agreement.shift_correlation), 0.5);
}

TEST(MechanismAgreement, WithoutMasksTheirScoresAreNotDefined) {
  namespace helpers = mechanism_agreement_test;
  auto first = helpers::run(1);
  first.mechanisms.masks = at::Tensor();
  const auto agreement = mechanism_agreement(first, helpers::renumbered(helpers::run(1)));
  EXPECT_TRUE(std::isnan(agreement.mask_f1));
  EXPECT_TRUE(std::isnan(agreement.mask_f1_chance));
  EXPECT_GT(agreement.shift_correlation, 0.2);
}

TEST(MechanismAgreement, BadInput) {
  namespace helpers = mechanism_agreement_test;
  const auto first = helpers::run(1);
  auto second = helpers::renumbered(first);
  for (auto& cell : second.cells) cell += "'";
  try {
    (void)mechanism_agreement(first, second);
    FAIL() << "runs without a common cell were compared";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("runs 'first' and 'second'"), std::string::npos) << error.what();
  }
  second = helpers::renumbered(first);
  for (auto& action : second.mechanisms.actions) action += "'";
  EXPECT_THROW((void)mechanism_agreement(first, second), Error);

  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path(), {});
  const auto prepared = tests::line_data(settings);
  const models::IdentityModel none(TableView(prepared).task());
  EXPECT_THROW((void)mechanism_run("run", none, prepared), Error);
}

// Cells are told by name, whatever context they stand in.
TEST(MechanismAgreement, ARunTellsTheLatentsOfTheCellsItKnows) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path(), {});
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared, {});
  const auto run = mechanism_run("run", model, prepared);
  ASSERT_EQ(run.latents.size(0), std::ssize(run.cells));
  ASSERT_GT(run.cells.size(), 0U);
  const auto agreement = mechanism_agreement(run, run);
  EXPECT_EQ(agreement.cells, std::ssize(run.cells));
  EXPECT_NEAR(agreement.latent_correlation, 1.0, 1e-6);
  EXPECT_DOUBLE_EQ(agreement.mask_f1, 1.0);
  // A latent of the model is a gene (line_model.h).
  const auto& index = prepared.table.obs.index;
  const auto row = std::find(index.begin(), index.end(), run.cells.back()) - index.begin();
  const auto cell = dense_rows(prepared.table, {row});
  EXPECT_TRUE(at::equal(run.latents[-1], cell[0].slice(0, 0, run.latents.size(1))));
}

}  // namespace brenier::train
