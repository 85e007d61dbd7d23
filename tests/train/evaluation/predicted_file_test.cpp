// Scoring a file of predicted cells, made by any tool.
#include "train/evaluation/predicted_file.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "data/h5ad/writer.h"
#include "tests/data/small_table.h"
#include "tests/helpers/collecting_reporter.h"
#include "tests/helpers/temp_dir.h"
#include "train/metric/metric.h"
#include "train/metric/metric_sets.h"

namespace brenier::train {
namespace predicted_file_test {

constexpr std::int64_t kGenes = 12;

struct Part {
  std::string label;
  std::string type;
  std::int64_t cells;
};

// Cells around a mean that label and type decide.
data::CellTable make_table(const std::vector<Part>& parts, std::uint64_t seed) {
  RandomStream random(seed, "test");
  std::vector<float> values;
  std::vector<std::string> labels;
  std::vector<std::string> types;
  for (const Part& part : parts) {
    RandomStream effect(1, part.label);
    RandomStream base(1, part.type);
    std::vector<double> mean;
    for (std::int64_t g = 0; g < kGenes; ++g) {
      mean.push_back(2.0 + base.uniform() + (part.label == "ctrl" ? 0.0 : effect.normal()));
    }
    for (std::int64_t i = 0; i < part.cells; ++i) {
      for (const double m : mean) values.push_back(static_cast<float>(m + 0.3 * random.normal()));
      labels.push_back(part.label);
      types.push_back(part.type);
    }
  }
  data::CellTable table = tests::dense_table(std::ssize(labels), kGenes, std::move(values));
  table.obs.set("condition", data::StringColumn(labels));
  table.obs.set("type", data::StringColumn(types));
  return table;
}

struct Files {
  tests::TempDir folder;
  data::CellTable truth = make_table({{"ctrl", "A", 20},
                                      {"ctrl", "B", 20},
                                      {"P1", "A", 15},
                                      {"P1", "B", 15},
                                      {"P2", "A", 15},
                                      {"P2", "B", 15},
                                      {"P3", "B", 15}},
                                     1);
  data::CellTable predicted = make_table({{"P2", "A", 12}, {"P2", "B", 25}}, 2);
  tests::CollectingReporter reporter;
  PredictedFileSettings settings;
  Files() {
    settings.perturbation.perturbation_column = "condition";
    settings.perturbation.controls = {"ctrl"};
    settings.perturbation.covariates = {"type"};
    settings.evaluate.metrics = {"r2_mean", "pearson_delta", "energy_distance"};
    settings.evaluate.ceiling_repeats = 2;
  }
  Evaluation run() {
    settings.predicted = (folder / "predicted.h5ad").string();
    settings.truth = (folder / "true.h5ad").string();
    data::write_h5ad(predicted, settings.predicted);
    data::write_h5ad(truth, settings.truth);
    return evaluate_predicted_file(settings, reporter);
  }
  std::string message() {
    try {
      (void)run();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "accepted";
  }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(PredictedFile, IsScoredBesideBaselinesFittedOnTheOtherConditions) {
  Files files;
  const Evaluation evaluation = files.run();
  EXPECT_EQ(evaluation.methods(), (std::vector<std::string>{"model", "identity", "mean_shift", "additive",
                                                            "nearest_context", "linear", "ceiling"}));
  ASSERT_EQ(evaluation.contexts.size(), 2U);
  EXPECT_EQ(to_string(evaluation.contexts[1].context), "P2 | type=B");
  EXPECT_EQ(evaluation.contexts[1].n_true, 15);
  EXPECT_EQ(evaluation.contexts[1].n_control, 20);
  EXPECT_TRUE(evaluation.contexts[1].held_out);
  EXPECT_EQ(evaluation.split, "files");
  EXPECT_GT(evaluation.summary_of("model", "r2_mean").mean, evaluation.summary_of("identity", "r2_mean").mean);
  EXPECT_TRUE(has(files.reporter.all, "fitted on the 3 conditions")) << files.reporter.all;
  // The score is that of the metric on the cells of the files.
  const auto rows = [&](const data::CellTable& table, std::int64_t first, std::int64_t count) {
    const data::DenseMatrix& dense = table.x.dense();
    return at::tensor(dense.values).reshape({dense.rows, dense.cols}).narrow(0, first, count);
  };
  for (const auto& name : files.settings.evaluate.metrics) {
    EXPECT_NEAR(score_of(evaluation.contexts[0], "model", name),
                make_metric(name)(rows(files.truth, 0, 20), rows(files.predicted, 0, 12), rows(files.truth, 70, 15)),
                1e-12)
        << name;
  }
}

// Cells that `brenier predict` moved are still called what they were, controls; its own column says under what.
TEST(PredictedFile, ItsOwnColumnStandsForThePerturbation) {
  Files files;
  const auto expected = files.run();
  const auto cells = static_cast<std::size_t>(files.predicted.cells());
  files.predicted.obs.set(kPredictedPerturbation, files.predicted.obs.column("condition"));
  files.predicted.obs.set("condition", data::StringColumn(cells, "ctrl"));
  const auto found = files.run();
  ASSERT_EQ(found.contexts.size(), expected.contexts.size());
  for (std::size_t k = 0; k < found.contexts.size(); ++k)
    EXPECT_EQ(score_of(found.contexts[k], "model", "r2_mean"), score_of(expected.contexts[k], "model", "r2_mean"));
}

TEST(PredictedFile, GenesAreAlignedByName) {
  Files files;
  const Evaluation before = files.run();
  std::vector<std::int64_t> reversed(kGenes);
  std::iota(reversed.begin(), reversed.end(), 0);
  std::reverse(reversed.begin(), reversed.end());
  files.predicted = data::select_genes(files.predicted, reversed);
  const Evaluation after = files.run();
  EXPECT_EQ(to_csv(before), to_csv(after));
}

TEST(PredictedFile, GenesOfOneFileAreLeftOutAndCounted) {
  Files files;
  files.predicted.var.index[3] = "other";
  const Evaluation evaluation = files.run();
  EXPECT_TRUE(has(files.reporter.all, "1 of 12 genes are not in the predicted file")) << files.reporter.all;
  EXPECT_TRUE(has(files.reporter.all, "'g3'")) << files.reporter.all;
  EXPECT_TRUE(has(files.reporter.all, "1 of 12 genes of the predicted file")) << files.reporter.all;
  EXPECT_GT(evaluation.summary_of("model", "r2_mean").mean, 0.5);
}

TEST(PredictedFile, ConditionsOfThePredictedFileAloneAreCounted) {
  Files files;
  files.predicted = make_table({{"P2", "A", 12}, {"P9", "A", 9}, {"ctrl", "A", 5}}, 2);
  EXPECT_EQ(files.run().contexts.size(), 1U);
  EXPECT_TRUE(has(files.reporter.all, "1 conditions of the predicted file")) << files.reporter.all;
  EXPECT_TRUE(has(files.reporter.all, "P9 | type=A")) << files.reporter.all;
}

TEST(PredictedFile, WithoutOtherConditionsOnlyIdentityStandsBeside) {
  Files files;
  files.truth = make_table({{"ctrl", "A", 20}, {"P2", "A", 15}}, 1);
  const Evaluation evaluation = files.run();
  EXPECT_EQ(evaluation.methods(), (std::vector<std::string>{"model", "identity", "ceiling"}));
  EXPECT_TRUE(has(files.reporter.all, "no baseline but identity")) << files.reporter.all;
}

TEST(PredictedFile, OwnControlChangesEffectsAndNeedsControlCells) {
  Files files;
  files.settings.own_control = true;
  EXPECT_TRUE(has(files.message(), "no control cells of a condition")) << files.message();
  files.predicted = make_table({{"P2", "A", 12}, {"ctrl", "A", 9}}, 2);
  const Evaluation own = files.run();
  files.settings.own_control = false;
  const Evaluation shared = files.run();
  EXPECT_NE(score_of(own.contexts[0], "model", "pearson_delta"),
            score_of(shared.contexts[0], "model", "pearson_delta"));
  EXPECT_EQ(score_of(own.contexts[0], "model", "r2_mean"), score_of(shared.contexts[0], "model", "r2_mean"));
}

TEST(PredictedFile, EveryMetricOfEverySetIsScored) {
  Files files;
  files.settings.evaluate.metrics = {"all", "gears", "cellot"};
  files.settings.evaluate.cell_bootstrap = 3;
  const Evaluation evaluation = files.run();
  auto found = evaluation.metrics();
  // What mmd_10kernels adds to the summary.
  std::erase_if(found, [](const std::string& name) { return name == "mmd_single" || name == "mmd_double"; });
  EXPECT_EQ(found, expand_metrics(files.settings.evaluate.metrics));
  EXPECT_FALSE(std::isnan(evaluation.summary_of("model", "pearson_edistance").mean));
  EXPECT_FALSE(std::isnan(evaluation.summary_of("ceiling", "spread_error").mean));
  EXPECT_FALSE(std::isnan(evaluation.summary_of("model", "rank_cosine_scaled").mean) &&
               std::isnan(evaluation.summary_of("model", "discrimination_score_l1").mean));
}

TEST(PredictedFile, WrongFilesSayWhatIsWrong) {
  {
    Files files;
    for (auto& name : files.predicted.var.index) name = "x" + name;
    EXPECT_TRUE(has(files.message(), "no gene in common")) << files.message();
  }
  {
    Files files;
    files.predicted.var.index[1] = "g0";
    EXPECT_TRUE(has(files.message(), "a gene name occurs twice")) << files.message();
    EXPECT_TRUE(has(files.message(), "predicted.h5ad")) << files.message();
  }
  {
    Files files;
    files.predicted = make_table({{"P7", "A", 12}}, 2);
    EXPECT_TRUE(has(files.message(), "no condition in common")) << files.message();
    EXPECT_TRUE(has(files.message(), "P7 | type=A")) << files.message();
  }
  {
    Files files;
    files.truth = make_table({{"P2", "A", 12}}, 2);
    EXPECT_TRUE(has(files.message(), "no cell is a control")) << files.message();
    EXPECT_TRUE(has(files.message(), "true.h5ad")) << files.message();
  }
  {
    Files files;
    files.predicted.x.dense().values[kGenes * 4 + 2] = NAN;
    EXPECT_TRUE(has(files.message(), "predicted.h5ad")) << files.message();
    EXPECT_TRUE(has(files.message(), "'g2'") || has(files.message(), "g2")) << files.message();
  }
  {
    Files files;
    files.settings.perturbation.perturbation_column = "conditon";
    EXPECT_TRUE(has(files.message(), "conditon")) << files.message();
    EXPECT_TRUE(has(files.message(), "'condition'")) << files.message();
  }
  {
    Files files;
    for (float& value : files.predicted.x.values()) value *= 100.0F;
    (void)files.run();
    EXPECT_TRUE(has(files.reporter.all, "do not look alike")) << files.reporter.all;
  }
}

}  // namespace predicted_file_test
}  // namespace brenier::train
