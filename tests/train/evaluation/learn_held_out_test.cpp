#include "train/evaluation/learn_held_out.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/line_experiment.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace learn_held_out_test {

// Rows as values that can be compared; no two cells of these data are equal.
std::set<std::vector<float>> rows_of(const at::Tensor& cells) {
  std::set<std::vector<float>> rows;
  const auto values = cells.contiguous();
  const auto* value = values.const_data_ptr<float>();
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    rows.insert({value + i * values.size(1), value + (i + 1) * values.size(1)});
  }
  return rows;
}

HeldOut learn(const models::Model& model, const PreparedData& prepared, const MechanismSettings& settings = {},
              std::uint64_t seed = 5) {
  SilentReporter reporter;
  return learn_held_out(model, prepared, settings, seed, reporter);
}

TEST(LearnHeldOut, JudgingCellsNeverReachTheModel) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto all = rows_of(held_out_contexts(prepared).front().truth);
  ASSERT_EQ(all.size(), 40U);
  for (const double fraction : {0.001, 0.25, 0.5, 0.999}) {
    const auto model = tests::line_model(prepared);
    MechanismSettings settings;
    settings.learn_fraction = fraction;
    const auto held_out = learn(model, prepared, settings);
    ASSERT_EQ(model.lessons().size(), 1U);
    EXPECT_EQ(to_string(model.lessons().front().context), "d");
    const auto seen = rows_of(model.lessons().front().cells);
    const auto judged = rows_of(held_out.contexts().front().truth);
    EXPECT_EQ(std::ssize(seen), held_out.contexts().front().n_learned);
    EXPECT_EQ(seen.size() + judged.size(), all.size());
    std::set<std::vector<float>> both = seen;
    both.insert(judged.begin(), judged.end());
    EXPECT_EQ(both, all);
    EXPECT_FALSE(seen.empty() || judged.empty());
  }
}

// Baselines are fitted on the cells that the model learned from as well, and on none that judge.
TEST(LearnHeldOut, BaselinesKnowWhatTheModelKnows) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared);
  const auto held_out = learn(model, prepared);
  const TableView view(prepared, held_out.learned_rows());
  EXPECT_EQ(view.size(), std::ssize(prepared.split.train) + 20);
  const auto& contexts = view.contexts();
  const auto found =
      std::find_if(contexts.begin(), contexts.end(), [](const auto& one) { return to_string(one.context) == "d"; });
  ASSERT_NE(found, contexts.end());
  EXPECT_EQ(rows_of(view.rows(found->treated)), rows_of(model.lessons().front().cells));
  EXPECT_FALSE(found->control.empty());
  SilentReporter reporter;
  const auto evaluation = evaluate_held_out(settings, prepared, model, held_out, reporter);
  EXPECT_GT(evaluation.summary_of("additive", "r2_mean").mean, evaluation.summary_of("identity", "r2_mean").mean);
}

TEST(LearnHeldOut, ChangingJudgingCellsChangesNothingThatIsLearned) {
  const tests::TempDir a;
  const tests::TempDir b;
  const auto first = tests::line_data(tests::line_experiment(a.path()));
  const auto model = tests::line_model(first);
  const auto judged = rows_of(learn(model, first).contexts().front().truth);
  auto spoiled = tests::line_data(tests::line_experiment(b.path(), {}, [&](data::AnnData& file) {
    auto array = *file.x->as<data::NumericArray>();
    auto& x = std::get<std::vector<float>>(array.values);
    for (std::size_t i = 0; i < x.size(); i += 5) {
      if (judged.contains(
              {x.begin() + static_cast<std::ptrdiff_t>(i), x.begin() + static_cast<std::ptrdiff_t>(i + 5)})) {
        for (std::size_t g = i; g < i + 5; ++g) x[g] += 100.0F;
      }
    }
    file.x = array;
  }));
  const auto other = tests::line_model(spoiled);
  const auto one = learn(model, first);
  const auto two = learn(other, spoiled);
  EXPECT_FALSE(one.contexts().front().truth.equal(two.contexts().front().truth));
  EXPECT_TRUE(model.lessons().back().cells.equal(other.lessons().back().cells));
  const auto& context = first.split.held_out.front();
  EXPECT_TRUE(one.model()
                  .predict(one.contexts().front().control, context)
                  .equal(two.model().predict(two.contexts().front().control, context)));
}

TEST(LearnHeldOut, TheTrainedModelStaysAsItIs) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto model = tests::line_model(prepared);
  const auto held_out = learn(model, prepared);
  EXPECT_EQ(model.vocabulary().actions, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_NE(&held_out.model(), &model);
  EXPECT_EQ(held_out.model().vocabulary().actions.back(), "d");
}

TEST(LearnHeldOut, ADifferentSeedDrawsOtherCells) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto model = tests::line_model(prepared);
  const auto one = learn(model, prepared, {}, 1).contexts().front().truth;
  EXPECT_TRUE(learn(model, prepared, {}, 1).contexts().front().truth.equal(one));
  EXPECT_FALSE(learn(model, prepared, {}, 2).contexts().front().truth.equal(one));
}

TEST(LearnHeldOut, NothingIsLearnedWhereNothingIsUnknown) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto all = held_out_contexts(prepared);
  const auto model = tests::line_model(prepared);
  const auto known = learn(model, prepared).model().vocabulary();  // knows d
  ASSERT_EQ(known.actions.size(), 4U);
  MechanismSettings off;
  off.learn = false;
  const auto held_out = learn(model, prepared, off);
  EXPECT_EQ(&held_out.model(), &model);
  EXPECT_EQ(held_out.contexts().front().n_learned, 0);
  EXPECT_TRUE(held_out.contexts().front().truth.equal(all.front().truth));
  const auto learned = learn(model, prepared);
  const auto again = learn(learned.model(), prepared);
  EXPECT_EQ(&again.model(), &learned.model());
  EXPECT_TRUE(again.contexts().front().truth.equal(all.front().truth));
}

TEST(LearnHeldOut, OtherModelsKeepTodaysError) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(
      dir.path(),
      {"evaluate.mechanisms.learn=false", "evaluate.mechanisms.enabled=false", "evaluate.mechanisms.truth=false"});
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared);
  SilentReporter reporter;
  try {
    (void)evaluate_held_out(settings, prepared, model, reporter);
    FAIL() << "an unknown action was predicted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'d'"), std::string::npos) << error.what();
  }
}

TEST(LearnHeldOut, OneCellIsTooFew) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path(), {}, [](data::AnnData& file) {
    // All cells of d but one become cells of c.
    auto labels = std::get<data::StringColumn>(file.obs.column("perturbation"));
    bool kept = false;
    for (auto& label : labels) {
      if (label != "d") continue;
      if (kept) label = "c";
      kept = true;
    }
    file.obs.set("perturbation", labels);
  });
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared);
  try {
    (void)learn(model, prepared);
    FAIL() << "one cell was split in two";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("held-out context d"), std::string::npos) << error.what();
  }
}

TEST(LearnHeldOut, EvaluationJudgesTheLearnedModelAndSaysFromHowManyCells) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared);
  SilentReporter reporter;
  const auto held_out = prepare_held_out(settings, prepared, model, reporter);
  const auto evaluation = evaluate_held_out(settings, prepared, model, held_out, reporter);
  ASSERT_EQ(evaluation.contexts.size(), 1U);
  EXPECT_EQ(evaluation.contexts.front().n_learned, 20);
  EXPECT_EQ(evaluation.contexts.front().n_true, 20);
  EXPECT_GT(evaluation.summary_of("model", "r2_mean").mean, evaluation.summary_of("identity", "r2_mean").mean);
  const auto input = report_input(settings, prepared, model, held_out, evaluation, {});
  EXPECT_EQ(input.contexts.front().truth.size(0), 20);
  EXPECT_EQ(to_json(evaluation).at("contexts")[0].at("n_learned"), 20);
  EXPECT_EQ(evaluation_from_json(to_json(evaluation)).contexts.front().n_learned, 20);
  EXPECT_NE(to_csv(evaluation).find("n_true,n_learned,method"), std::string::npos);
  EXPECT_NE(to_csv(evaluation).find("context,d,true,40,20,20,model,r2_mean"), std::string::npos) << to_csv(evaluation);
  EXPECT_NE(evaluation_table(evaluation, true).find("learned from 20 others"), std::string::npos);
  const auto metrics = model_metrics({}, &evaluation);
  EXPECT_EQ(metrics.at("learned")[0].at("n_learned"), 20);
  EXPECT_EQ(metrics.at("learned")[0].at("context").at("perturbation")[0], "d");
}

}  // namespace learn_held_out_test
}  // namespace brenier::train
