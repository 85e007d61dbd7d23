#include "train/validation_score.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/line_experiment.h"
#include "tests/train/memory_view.h"
#include "tests/train/shift_model.h"
#include "tests/train/small_experiment.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {

// Two contexts whose treated cells are the control cells plus 1 and plus 2.
std::vector<ScoredContext> shifted_contexts(const models::Task& task) {
  const auto control = at::arange(12, at::kFloat).reshape({3, 4}).pow(2) / 10;
  return {{task.contexts[0], false, control, control + 1}, {task.contexts[1], false, control, control + 2}};
}

TEST(ValidationScore, IsTheMeanOverContexts) {
  const auto view = tests::make_view(2, 2, 2, 4);
  const tests::ShiftModel model(view.task(), 1);  // predicts the control cells
  const auto validation = make_validation("l2_mean", shifted_contexts(view.task()));
  EXPECT_FALSE(validation.higher_better);
  EXPECT_EQ(validation.name, "l2_mean");
  EXPECT_NEAR(validation.score(model), (2.0 + 4.0) / 2, 1e-5);  // |1| and |2| over four genes
}

// As evaluation does: the library sizes of counts have no part in it.
TEST(ValidationScore, ComparesLogNormalisedCellsWhereEvaluationDoes) {
  const auto view = tests::make_view(2, 2, 2, 4);
  const tests::ShiftModel model(view.task(), 1);  // predicts the control cells
  const auto control = at::arange(1, 13, at::kFloat).reshape({3, 4});
  const std::vector<ScoredContext> contexts{{view.task().contexts[0], false, control, 5 * control}};
  EXPECT_GT(make_validation("l2_mean", contexts).score(model), 1.0);
  EXPECT_NEAR(make_validation("l2_mean", contexts, 0, /*log_normalize=*/true).score(model), 0.0, 1e-5);
}

TEST(ValidationScore, KnowsWhichDirectionIsBetter) {
  const auto view = tests::make_view(2, 2, 2, 4);
  EXPECT_TRUE(make_validation("r2_mean", shifted_contexts(view.task())).higher_better);
  EXPECT_FALSE(make_validation("mmd", shifted_contexts(view.task())).higher_better);
}

TEST(ValidationScore, LeavesOutContextsWhereTheMetricIsNotDefined) {
  const auto view = tests::make_view(2, 2, 2, 4);
  const tests::ShiftModel model(view.task(), 1);
  auto contexts = shifted_contexts(view.task());
  const double alone = make_validation("r2_mean", {contexts[1]}).score(model);
  contexts[0].truth = at::ones({3, 4});  // no variance over genes
  EXPECT_EQ(make_validation("r2_mean", contexts).score(model), alone);
}

TEST(ValidationScore, SaysWhenItIsDefinedNowhere) {
  const auto view = tests::make_view(2, 2, 2, 4);
  const tests::ShiftModel model(view.task(), 1);
  auto contexts = shifted_contexts(view.task());
  for (auto& context : contexts) context.truth = at::ones({3, 4});
  try {
    (void)make_validation("r2_mean", contexts).score(model);
    FAIL() << "an undefined score was returned";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_NE(std::string(error.what()).find("train.validation.score"), std::string::npos) << error.what();
  }
}

TEST(ValidationScore, NamesTheContextOfAPredictionThatIsNotFinite) {
  const auto view = tests::make_view(2, 2, 2, 4);
  tests::ShiftModel model(view.task(), 1);
  auto state = model.state();
  state[1].second.fill_(std::numeric_limits<float>::quiet_NaN());
  model.load_state(state);
  try {
    (void)make_validation("r2_mean", shifted_contexts(view.task())).score(model);
    FAIL() << "NaN was scored";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_NE(std::string(error.what()).find("type=t0"), std::string::npos) << error.what();
  }
}

TEST(ValidationScore, NothingToValidateOnIsNoScore) {
  EXPECT_FALSE(make_validation("r2_mean", {}).score);
  EXPECT_THROW((void)make_validation("r3_mean", {}), Error);
}

TEST(ValidationScore, ElboIsTheMeanLikelihoodOfTreatedAndControlCells) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto task = TableView(prepared).task();
  const auto contexts = validation_contexts(prepared, task, 500, 1);
  ASSERT_EQ(contexts.size(), 3U);
  const auto model = tests::line_model(prepared);
  const auto validation = make_validation("elbo", contexts, 7);
  EXPECT_TRUE(validation.higher_better);
  EXPECT_EQ(validation.name, "elbo");
  const auto mean = [&](const at::Tensor& cells, const Context& context) {
    RandomStream stream(7, "validation/elbo/" + to_string(context));
    return model.log_likelihood(cells, context, 1, stream).mean().item<double>();
  };
  double expected = mean(contexts[0].control, Context{});  // the control cells count once
  for (const auto& one : contexts) expected += mean(one.truth, one.context);
  const double score = validation.score(model);
  EXPECT_DOUBLE_EQ(score, expected / 4.0);
  EXPECT_EQ(validation.score(model), score);  // the same draws every time
  EXPECT_NE(make_validation("elbo", contexts, 8).score(model), score);
  // A worse state scores lower.
  const auto wrong = tests::LineModel(task, {"a", "b", "c"}, at::ones({3, 3}), at::ones({3, 3}));
  EXPECT_LT(validation.score(wrong), score);
}

TEST(ValidationScore, ElboIsRefusedForOtherModels) {
  const auto view = tests::make_view(2, 2, 2, 4);
  const tests::ShiftModel model(view.task(), 1);
  EXPECT_NO_THROW(check_validation_score("r2_mean", model));
  for (const bool early : {true, false}) {
    try {
      if (early) check_validation_score("elbo", model);
      if (!early) (void)make_validation("elbo", shifted_contexts(view.task())).score(model);
      FAIL() << "a model without likelihood was scored";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_NE(std::string(error.what()).find("'shift'"), std::string::npos) << error.what();
    }
  }
  EXPECT_FALSE(make_validation("elbo", {}).score);
}

TEST(ValidationScore, ElboThatIsNotFiniteNamesTheContext) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto task = TableView(prepared).task();
  const auto nan = at::full({3, 3}, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
  const tests::LineModel model(task, {"a", "b", "c"}, nan, nan);
  try {
    (void)make_validation("elbo", validation_contexts(prepared, task, 500, 1)).score(model);
    FAIL() << "NaN was scored";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_NE(std::string(error.what()).find("context a"), std::string::npos) << error.what();
  }
}

TEST(ValidationScore, ElboIsASettingOfTraining) {
  const tests::TempDir dir;
  EXPECT_EQ(tests::line_experiment(dir.path(), {"train.validation.score=elbo"}).train.validation.score, "elbo");
  EXPECT_THROW((void)tests::line_experiment(dir.path(), {"train.validation.score=elba"}), Error);
  // A model without likelihood is told before it trains.
  const auto settings = tests::small_experiment(dir.path(), {"train.validation.score=elbo"});
  SilentReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  EXPECT_THROW((void)run_experiment(settings, folder, reporter), Error);
}

}  // namespace brenier::train
