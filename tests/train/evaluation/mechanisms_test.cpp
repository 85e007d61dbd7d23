#include "train/evaluation/mechanisms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "models/baseline/identity.h"
#include "tests/helpers/collecting_reporter.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/line_experiment.h"
#include "train/evaluation/mechanism_doubts.h"
#include "train/evaluation/true_mechanisms.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace mechanisms_test {

using tests::LineModel;
using tests::LineOptions;

struct Scored {
  ExperimentSettings settings;
  PreparedData prepared;
  Evaluation evaluation;

  [[nodiscard]] double value(const std::string& name) const { return evaluation.summary_of("model", name).mean; }
};

Scored score(const LineOptions& options = {}, const std::vector<std::string>& overrides = {}) {
  const tests::TempDir dir;
  Scored scored;
  scored.settings = tests::line_experiment(dir.path(), overrides);
  scored.prepared = tests::line_data(scored.settings);
  SilentReporter reporter;
  const auto model = tests::line_model(scored.prepared, options);
  scored.evaluation = evaluate_held_out(scored.settings, scored.prepared, model, reporter);
  return scored;
}

std::string message(const std::function<void()>& action, ErrorKind kind = ErrorKind::kData) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Mechanisms, AModelThatKnowsTheTruthFindsIt) {
  const auto scored = score();
  EXPECT_GT(scored.value("mcc"), 0.85);  // latents are the true ones plus noise of deviation 0.5
  EXPECT_GT(scored.value("mcc_spearman"), 0.8);
  EXPECT_GT(scored.value("linear_r2"), 0.75);
  for (const char* name : {"mask_precision", "mask_recall", "mask_f1", "mask_f1_overlap", "mask_clustering",
                           "mask_clustering_identical"}) {
    EXPECT_DOUBLE_EQ(scored.value(name), 1.0) << name;
  }
  // The demo counts d, whose mask was never trained: ones in all three places, one of which is right.
  EXPECT_DOUBLE_EQ(scored.value("mask_f1_demo"), 2.0 * 5.0 / (7.0 + 5.0));
  EXPECT_DOUBLE_EQ(scored.value("mask_density"), 4.0 / 9.0);
  EXPECT_DOUBLE_EQ(scored.value("masks_collapsed"), 0.0);
}

TEST(Mechanisms, LikelihoodsAreMeansOverContexts) {
  const auto scored = score({}, {"evaluate.mechanisms.samples=2000", "evaluate.mechanisms.cells=1000"});
  const auto model = tests::line_model(scored.prepared);
  const auto exact = [&](const std::vector<std::int64_t>& part) {
    double sum = 0.0;
    double contexts = 0.0;
    for (std::size_t id = 0; id < scored.prepared.contexts.contexts.size(); ++id) {
      std::vector<std::int64_t> rows;
      for (const auto row : scored.prepared.contexts.rows[id]) {
        if (std::find(part.begin(), part.end(), row) != part.end()) rows.push_back(row);
      }
      if (rows.empty()) continue;
      const auto cells = dense_rows(scored.prepared.table, rows);
      sum += model.exact(cells, scored.prepared.contexts.contexts[id]).mean().item<double>();
      ++contexts;
    }
    EXPECT_EQ(contexts, 4.0);  // control, a, b, c
    return sum / contexts;
  };
  EXPECT_NEAR(scored.value("iw_train"), exact(scored.prepared.split.train), 0.01);
  EXPECT_LT(scored.value("elbo_train"), scored.value("iw_train"));
  EXPECT_NEAR(scored.value("elbo_validation"), exact(scored.prepared.split.validation), 1.2);
  EXPECT_LT(scored.value("elbo_held_out"), scored.value("iw_held_out"));
  EXPECT_GT(scored.value("iw_held_out"), -10.0);
}

TEST(Mechanisms, HeldOutLikelihoodIsThatOfTheJudgingCells) {
  const auto scored = score({}, {"evaluate.mechanisms.samples=2000", "evaluate.mechanisms.cells=1000"});
  const auto model = tests::line_model(scored.prepared);
  SilentReporter reporter;
  const auto held_out = prepare_held_out(scored.settings, scored.prepared, model, reporter);
  const auto& judged = held_out.contexts().front();
  const auto& learned = dynamic_cast<const LineModel&>(held_out.model());
  EXPECT_NEAR(scored.value("iw_held_out"), learned.exact(judged.truth, judged.context).mean().item<double>(), 0.02);
}

TEST(Mechanisms, ActionsAreLearnedFromOtherNumbersOfCellsToo) {
  const auto scored = score({}, {"evaluate.mechanisms.also_cells=[1,1000]"});
  // All cells that there are: the same score from the same draws. One of them tells less.
  EXPECT_EQ(scored.value("iw_held_out_1000_cells"), scored.value("iw_held_out"));
  EXPECT_LT(scored.value("iw_held_out_1_cells"), scored.value("iw_held_out"));
  // The same the other way round, by the same judges.
  const auto few = score({}, {"evaluate.mechanisms.learn_cells=1", "evaluate.mechanisms.also_cells=[1000]"});
  EXPECT_EQ(few.value("iw_held_out"), scored.value("iw_held_out_1_cells"));
  EXPECT_EQ(few.value("iw_held_out_1000_cells"), scored.value("iw_held_out"));
  EXPECT_EQ(few.evaluation.contexts.front().n_learned, 1);
  EXPECT_EQ(few.evaluation.contexts.front().n_true, scored.evaluation.contexts.front().n_true);
}

TEST(Mechanisms, FewerCellsGiveAnotherMeanAndTheSameOneEveryTime) {
  const std::vector<std::string> few = {"evaluate.mechanisms.cells=3"};
  const auto one = score({}, few);
  EXPECT_EQ(to_json(one.evaluation), to_json(score({}, few).evaluation));
  EXPECT_NE(one.value("iw_train"), score().value("iw_train"));
}

TEST(Mechanisms, WithoutMasksTheTwoLargestShiftsCount) {
  const auto scored = score({false, true, 0.5});
  // a and b have one shift each, c two; none is larger than zero elsewhere.
  EXPECT_DOUBLE_EQ(scored.value("mask_f1"), 1.0);
  EXPECT_TRUE(std::isnan(scored.value("mask_density")));
  // What was learned of d: three means, of which the two largest count and one is right.
  EXPECT_DOUBLE_EQ(scored.value("mask_f1_demo"), 2.0 * 5.0 / (6.0 + 5.0));
}

TEST(Mechanisms, AModelThatSaysNothingOfActionsHasMasksByChance) {
  const auto scored = score({false, false, 0.5});
  // Two entries for each of three actions, four of the nine true: at most 4 of 6, and not the truth itself.
  EXPECT_LE(scored.value("mask_precision"), 4.0 / 6.0);
  const double hits = scored.value("mask_precision") * 6.0;
  EXPECT_NEAR(hits, std::round(hits), 1e-12);
  EXPECT_DOUBLE_EQ(scored.value("mask_f1"), 2.0 * hits / (6.0 + 4.0));
  EXPECT_EQ(scored.value("mask_f1"), score({false, false, 0.5}).value("mask_f1"));
  // Over seeds it is what two of three entries drawn at random give: precision 4/9.
  double sum = 0.0;
  const int seeds = 30;
  for (int seed = 0; seed < seeds; ++seed) {
    sum += score({false, false, 0.5}, {"seed=" + std::to_string(seed)}).value("mask_precision") / seeds;
  }
  EXPECT_NEAR(sum, 4.0 / 9.0, 0.12);
  EXPECT_FALSE(std::isnan(scored.value("mask_f1_demo")));
  EXPECT_FALSE(std::isnan(scored.value("iw_held_out")));
  EXPECT_EQ(scored.evaluation.contexts.front().n_true, 20);  // judged by the same cells as its kin
}

TEST(Mechanisms, WhatLatentsTellIsJudgedAlikeForEveryModel) {
  for (const auto& options : {LineOptions{}, LineOptions{false, true, 0.5}, LineOptions{false, false, 0.5}}) {
    const auto scored = score(options);
    // The two largest means of an action find all four true entries, beside two that are not.
    EXPECT_DOUBLE_EQ(scored.value("latent_f1"), 2.0 * 4.0 / (6.0 + 4.0));
    EXPECT_GT(scored.value("latent_average_precision"), 0.9);
  }
}

TEST(Mechanisms, ContextsThatTheModelCannotTellOfAreLeftOut) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const auto whole = tests::line_model(prepared).mechanisms();
  // As with other data than those of the training: c is new, and no held-out context.
  const LineModel model(TableView(prepared).task(), {"a", "b"}, whole.masks.narrow(0, 0, 2),
                        whole.shifts.narrow(0, 0, 2));
  EXPECT_TRUE(tells_of(model, Context{}));
  EXPECT_FALSE(tells_of(model, make_context({{"a", 1.0}, {"c", 1.0}}, {})));
  SilentReporter reporter;
  const auto evaluation = evaluate_held_out(settings, prepared, model, reporter);
  EXPECT_FALSE(std::isnan(evaluation.summary_of("model", "elbo_train").mean));
  EXPECT_DOUBLE_EQ(evaluation.summary_of("model", "mask_f1").mean, 1.0);
}

TEST(Mechanisms, WithoutTruthOnlyTheRestIsScored) {
  const auto scored = score({}, {"evaluate.mechanisms.truth=false"});
  EXPECT_TRUE(std::isnan(scored.value("mcc")));
  EXPECT_FALSE(std::isnan(scored.value("mask_density")));
  EXPECT_FALSE(std::isnan(scored.value("elbo_train")));
}

TEST(Mechanisms, AreOffUnlessAskedFor) {
  const auto scored = score({}, {"evaluate.mechanisms.truth=false", "evaluate.mechanisms.enabled=false"});
  EXPECT_TRUE(std::isnan(scored.value("elbo_train")));
  EXPECT_FALSE(EvaluateSettings{}.mechanisms.enabled);
  const tests::TempDir dir;
  EXPECT_THROW((void)tests::line_experiment(dir.path(), {"evaluate.mechanisms.enabled=false"}), Error);
  EXPECT_THROW((void)tests::line_experiment(dir.path(), {"evaluate.mechanisms.learn_fraction=1"}), Error);
}

TEST(Mechanisms, OtherKindsOfModelsAreRefusedByName) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const TableView view(prepared);
  models::IdentityModel model(view.task());
  model.begin_stage(0, view);
  SilentReporter reporter;
  const auto text = message([&] { (void)evaluate_held_out(settings, prepared, model, reporter); }, ErrorKind::kUsage);
  EXPECT_NE(text.find("identity"), std::string::npos) << text;
  EXPECT_NE(text.find("evaluate.mechanisms.enabled"), std::string::npos) << text;
}

TEST(Mechanisms, AreCheckedBeforeTraining) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  const auto model = tests::line_model(prepared);
  auto asked = settings.evaluate.mechanisms;
  EXPECT_NO_THROW(check_mechanisms(asked, model, prepared, settings.data.path));
  const models::IdentityModel other(TableView(prepared).task());
  EXPECT_NE(message([&] { check_mechanisms(asked, other, prepared, settings.data.path); }, ErrorKind::kUsage)
                .find("identity"),
            std::string::npos);
  const auto plain = tests::line_experiment(dir.path(), {}, [](data::AnnData& file) { file.uns.entries.clear(); });
  EXPECT_NE(message([&] { check_mechanisms(asked, model, prepared, plain.data.path); }).find("true_actions"),
            std::string::npos);
  asked.truth = false;
  EXPECT_NO_THROW(check_mechanisms(asked, model, prepared, plain.data.path));
  asked.enabled = false;
  EXPECT_NO_THROW(check_mechanisms(asked, other, prepared, plain.data.path));
}

TEST(Mechanisms, TruthIsFoundByTheNamesOfCells) {
  const tests::TempDir dir;
  const auto settings = tests::line_experiment(dir.path());
  const auto prepared = tests::line_data(settings);
  std::vector<std::string> names;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = prepared.table.cells() - 1; i >= 0; i -= 3) {
    rows.push_back(i);
    names.push_back(prepared.table.obs.index[static_cast<std::size_t>(i)]);
  }
  const auto truth = read_true_mechanisms(settings.data.path, names);
  const auto all = read_true_mechanisms(settings.data.path, prepared.table.obs.index);
  EXPECT_TRUE(truth.latents.equal(all.latents.index_select(0, at::tensor(rows, at::kLong))));
  EXPECT_EQ(truth.rows({"c", "a"}), (std::vector<std::int64_t>{2, 0}));
}

TEST(Mechanisms, WrongTruthIsOneClearError) {
  const auto told = [](const std::function<void(data::AnnData&)>& change, const std::string& cell = "cell_1") {
    const tests::TempDir dir;
    const auto settings = tests::line_experiment(dir.path(), {}, change);
    return message([&] {
      const auto truth = read_true_mechanisms(settings.data.path, {cell});
      (void)truth.rows({"a", "e"});
    });
  };
  EXPECT_NE(told({}).find("'e'"), std::string::npos) << told({});
  EXPECT_NE(told({}, "nobody").find("nobody"), std::string::npos);
  const auto no_masks = [](data::AnnData& file) {
    std::erase_if(file.uns.entries, [](const auto& entry) { return entry.name == "true_masks"; });
  };
  EXPECT_NE(told(no_masks).find("true_masks"), std::string::npos) << told(no_masks);
  const auto half = [](data::AnnData& file) {
    file.uns.set("true_masks", data::NumericArray{{4, 3}, std::vector<double>(12, 0.5)});
  };
  EXPECT_NE(told(half).find("0 or 1"), std::string::npos) << told(half);
  const auto narrow = [](data::AnnData& file) {
    file.uns.set("true_shifts", data::NumericArray{{4, 2}, std::vector<double>(8, 0.5)});
  };
  EXPECT_NE(told(narrow).find("true_shifts"), std::string::npos) << told(narrow);
  const auto texts = [](data::AnnData& file) { file.uns.set("true_shifts", data::StringArray{{1}, {"x"}}); };
  EXPECT_NE(told(texts).find("true_shifts"), std::string::npos) << told(texts);
  const auto twins = [](data::AnnData& file) { file.obs.index[3] = file.obs.index[4]; };
  EXPECT_NE(told(twins).find("cell_5"), std::string::npos) << told(twins);
}

TEST(MechanismDoubts, SayWhatCollapsedAndWhatCannotBeToldApart) {
  const tests::TempDir dir;
  const auto prepared = tests::line_data(tests::line_experiment(dir.path()));
  const auto task = TableView(prepared).task();
  const auto none = at::zeros({3, 4}, at::kDouble);
  auto one = none.clone();
  one[1][2].fill_(0.9);
  const LineModel wide(task, {"a", "b", "c"}, one, one);
  EXPECT_EQ(collapsed_actions(wide.mechanisms()), (std::vector<std::string>{"a", "c"}));
  tests::CollectingReporter reporter;
  warn_of_latents(wide, reporter);
  EXPECT_NE(reporter.warnings.find("4 latents for 3 actions"), std::string::npos) << reporter.warnings;
  warn_of_collapse(wide, reporter);
  EXPECT_NE(reporter.warnings.find("2 of 3"), std::string::npos) << reporter.warnings;
  EXPECT_NE(reporter.warnings.find("gamma"), std::string::npos) << reporter.warnings;
  tests::CollectingReporter silent;
  const auto fine = tests::line_model(prepared);
  warn_of_latents(fine, silent);
  warn_of_collapse(fine, silent);
  models::IdentityModel other(task);
  warn_of_latents(other, silent);
  warn_of_collapse(other, silent);
  EXPECT_EQ(silent.warnings, "");
}

}  // namespace mechanisms_test
}  // namespace brenier::train
