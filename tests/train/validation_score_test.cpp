#include "train/validation_score.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"
#include "tests/train/memory_view.h"
#include "tests/train/shift_model.h"

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

}  // namespace brenier::train
