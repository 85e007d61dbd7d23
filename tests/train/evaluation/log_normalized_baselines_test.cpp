// Baselines of models of counts: fitted and compared on log-normalised cells.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "core/error.h"
#include "core/random.h"
#include "data/h5ad/writer.h"
#include "models/baseline/identity.h"
#include "tests/core/throws.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"
#include "tests/models/tensor_view.h"
#include "tests/train/small_experiment.h"
#include "train/evaluation/evaluate.h"
#include "train/evaluation/log_normalize.h"
#include "train/evaluation/log_normalized_view.h"
#include "train/evaluation/predicted_file.h"
#include "train/run_experiment.h"

namespace brenier::train {
namespace log_normalized_baselines_test {

constexpr std::int64_t kGenes = 20;
const std::vector<std::string> kFitted = {"mean_shift", "additive", "nearest_context", "linear"};

// Counts of n cells whose libraries scatter around `library`.
at::Tensor counts(std::int64_t n, const std::vector<double>& log_rates, double library, RandomStream& random) {
  double total = 0.0;
  for (const double rate : log_rates) total += std::exp(rate);
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const double size = library * std::exp(0.5 * random.normal()) / total;
    for (const double rate : log_rates) values.push_back(static_cast<float>(random.poisson(size * std::exp(rate))));
  }
  return at::tensor(values).reshape({n, kGenes});
}

// Four cell types under one drug, with the same effect on every type but libraries of their own: two are sequenced
// deeper under the drug, two less deep. The last type is held out.
struct Example {
  tests::TensorView counted{kGenes};
  tests::TensorView logged{kGenes};
  std::vector<ScoredContext> scored;
  Example() {
    RandomStream random(7, "test");
    std::vector<double> effect;
    for (std::int64_t g = 0; g < kGenes; ++g) effect.push_back(random.normal());
    const std::pair<double, double> libraries[] = {{1000, 8000}, {6000, 3000}, {2000, 9000}, {6000, 1500}};
    for (std::size_t k = 0; k < 4; ++k) {
      std::vector<double> control;
      for (std::int64_t g = 0; g < kGenes; ++g) control.push_back(random.normal());
      std::vector<double> treated = control;
      for (std::size_t g = 0; g < treated.size(); ++g) treated[g] += effect[g];
      const Context context = make_context({{"drug", 1.0}}, {{"type", std::string(1, static_cast<char>('A' + k))}});
      const at::Tensor untouched = counts(60, control, libraries[k].first, random);
      const at::Tensor moved = counts(70, treated, libraries[k].second, random);
      if (k < 3) {
        counted.add(context, untouched, moved);
        logged.add(context, log_normalized(untouched, "control"), log_normalized(moved, "true"));
      }
      scored.push_back({context, k == 3, untouched, moved});
    }
  }
};

EvaluateSettings with_setting(bool on) {
  EvaluateSettings settings;
  settings.metrics = {"r2_mean", "pearson_delta", "l2_mean", "energy_distance"};
  settings.ceiling_repeats = 2;
  settings.log_normalize = on;
  return settings;
}

// The model that is judged beside the baselines does nothing.
Evaluation run(const tests::TensorView& view, const std::vector<Baseline>& baselines,
               const std::vector<ScoredContext>& contexts, const EvaluateSettings& settings) {
  const auto model = models::IdentitySettings{}.build(view.task(), 0);
  model->begin_stage(0, view);
  SilentReporter reporter;
  return evaluate(*model, baselines, contexts, settings, 3, reporter);
}

TEST(LogNormalizedBaselines, BeatDoingNothingWhereBaselinesInCountsDoNot) {
  const Example example;
  const auto settings = with_setting(true);
  const auto fair = run(example.counted, fit_baselines(example.counted, settings, 3), example.scored, settings);
  const auto in_counts = run(example.counted, fit_baselines(example.counted, 3), example.scored, settings);
  const auto held_out = [](const Evaluation& evaluation, const std::string& method) {
    return score_of(evaluation.contexts.back(), method, "r2_mean");
  };
  EXPECT_EQ(held_out(fair, "identity"), held_out(in_counts, "identity"));
  for (const auto& method : kFitted) {
    EXPECT_GT(held_out(fair, method), held_out(fair, "identity") + 0.1) << method;
    EXPECT_LT(held_out(in_counts, method), held_out(fair, method) - 0.1) << method;
  }
  EXPECT_GT(held_out(fair, "mean_shift"), 0.7);
  EXPECT_LT(held_out(in_counts, "mean_shift"), held_out(in_counts, "identity")) << "libraries decide";
}

// The same scores, to the bit, as of data that were log-normalised beforehand: nothing is normalised twice or not at
// all.
TEST(LogNormalizedBaselines, AreThoseOfDataThatWereLogNormalisedBefore) {
  const Example example;
  std::vector<ScoredContext> logged;
  for (const auto& one : example.scored) logged.push_back(log_normalized(one));
  const auto on = with_setting(true);
  const auto off = with_setting(false);
  const auto here = run(example.counted, fit_baselines(example.counted, on, 3), example.scored, on);
  const auto before = run(example.logged, fit_baselines(example.logged, off, 3), logged, off);
  EXPECT_EQ(to_json(here).dump(), to_json(before).dump());
}

TEST(LogNormalizedBaselines, NothingChangesWithoutTheSetting) {
  const Example example;
  const auto off = with_setting(false);
  const auto asked = fit_baselines(example.counted, off, 3);
  const auto plain = fit_baselines(example.counted, 3);
  for (const auto& baseline : asked) EXPECT_FALSE(baseline.log_normalized) << baseline.name;
  EXPECT_EQ(to_json(run(example.counted, asked, example.scored, off)).dump(),
            to_json(run(example.counted, plain, example.scored, off)).dump());
}

TEST(LogNormalizedBaselines, AMethodIsGivenCellsOnItsOwnScale) {
  const Example example;
  const ScoredContext& scored = example.scored.front();
  const ScoredContext logged = log_normalized(scored);
  std::vector<at::Tensor> given;
  const auto note = [&](const std::string& name, bool log) {
    Method method{name, {}, {}, log};
    method.predict = [&given](const ScoredContext& one) {
      given.push_back(one.control);
      return one.truth;
    };
    method.control = [](const ScoredContext& one) { return one.control; };
    return method;
  };
  SilentReporter reporter;
  const auto evaluation = evaluate({note("model", false), note("other", true)}, {scored}, example.counted.task().genes,
                                   with_setting(true), 3, reporter);
  ASSERT_EQ(given.size(), 2U);
  EXPECT_TRUE(at::equal(given[0], scored.control));
  EXPECT_TRUE(at::equal(given[1], logged.control));
  for (const auto& metric : evaluation.metrics()) {
    EXPECT_EQ(score_of(evaluation.contexts[0], "model", metric), score_of(evaluation.contexts[0], "other", metric));
  }
  EXPECT_DOUBLE_EQ(score_of(evaluation.contexts[0], "other", "r2_mean"), 1.0);
}

TEST(LogNormalizedBaselines, LogarithmsAreNotComparedWithCounts) {
  const Example example;
  const auto baselines = fit_baselines(example.counted, with_setting(true), 3);
  const auto text = tests::error_text(
      ErrorKind::kDefect, [&] { (void)run(example.counted, baselines, example.scored, with_setting(false)); });
  EXPECT_NE(text.find("method 'identity' predicts log-normalised cells"), std::string::npos) << text;
}

TEST(LogNormalizedView, HasTheRowsOfTheOtherViewLogNormalised) {
  const Example example;
  const LogNormalizedView view(example.counted);
  const std::vector<std::int64_t> rows = {5, 300, 0};
  EXPECT_TRUE(at::equal(view.rows(rows), log_normalized(example.counted.rows(rows), "x")));
  EXPECT_EQ(view.size(), example.counted.size());
  EXPECT_EQ(&view.task(), &example.counted.task());
  EXPECT_EQ(&view.contexts(), &example.counted.contexts());
  EXPECT_EQ(&view.control_only(), &example.counted.control_only());
  tests::TensorView negative(std::int64_t{2});
  (void)negative.add_cells(at::tensor({1.0F, 2.0F, 3.0F, -1.0F}).reshape({2, 2}));
  const auto text = tests::error_text(ErrorKind::kData, [&] { (void)LogNormalizedView(negative).rows({0, 1}); });
  EXPECT_NE(text.find("training cells"), std::string::npos) << text;
}

// A whole run on counts: its baselines score as those of a run whose cells were preprocessed so.
TEST(LogNormalizedBaselines, OfARunAreThoseOfPreprocessedCells) {
  const tests::TempDir dir;
  const auto run_of = [&](const std::string& name, const std::vector<std::string>& overrides) {
    std::vector<std::string> all = {R"(preprocess.genes={"flavor": "none"})",
                                    R"(evaluate.metrics=["r2_mean", "l2_mean"])"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    const auto settings = tests::small_experiment(dir.path(), all);
    SilentReporter reporter;
    return run_experiment(settings, RunFolder::open(dir / name, RunFolder::Mode::kNew, resolved_json(settings)),
                          reporter);
  };
  const auto counted = run_of(
      "counts", {"preprocess.normalize_total.enabled=false", "preprocess.log1p=false", "+evaluate.log_normalize=true"});
  const auto logged = run_of("logarithms", {"preprocess.normalize_total.target_sum=10000"});
  for (const auto& method : kFitted) {
    for (const auto* metric : {"r2_mean", "l2_mean"}) {
      EXPECT_NEAR(counted.summary_of(method, metric).mean, logged.summary_of(method, metric).mean, 1e-4)
          << method << ' ' << metric;
    }
  }
  EXPECT_GT(counted.summary_of("mean_shift", "r2_mean").mean, counted.summary_of("identity", "r2_mean").mean);
  // The model of this run is a mean shift in counts: it does not take the baseline's place.
  EXPECT_NE(counted.summary_of("model", "r2_mean").mean, counted.summary_of("mean_shift", "r2_mean").mean);
}

// Two files of counts, and the same as logarithms.
TEST(LogNormalizedBaselines, OfAPredictedFileAreThoseOfLogarithms) {
  const tests::TempDir dir;
  RandomStream random(9, "test");
  std::vector<std::string> labels;
  std::vector<at::Tensor> parts;
  for (const char* label : {"ctrl", "P1", "P2", "P3"}) {
    std::vector<double> rates;
    for (std::int64_t g = 0; g < kGenes; ++g) rates.push_back(random.normal());
    parts.push_back(counts(15, rates, 2000.0, random));
    labels.insert(labels.end(), 15, label);
  }
  const at::Tensor cells = at::cat(parts);
  const auto write = [&](const at::Tensor& values, std::int64_t first, const std::string& name) {
    const at::Tensor part = values.narrow(0, first, values.size(0) - first).contiguous();
    const float* begin = part.const_data_ptr<float>();
    auto table = tests::dense_table(part.size(0), kGenes, {begin, begin + part.numel()});
    table.obs.set("condition", data::StringColumn(std::vector<std::string>(labels.begin() + first, labels.end())));
    data::write_h5ad(table, dir / name);
  };
  const auto run_of = [&](const at::Tensor& values, bool log_normalize) {
    write(values, 0, "true.h5ad");
    write(values, 45, "predicted.h5ad");
    PredictedFileSettings settings;
    settings.predicted = (dir / "predicted.h5ad").string();
    settings.truth = (dir / "true.h5ad").string();
    settings.perturbation.perturbation_column = "condition";
    settings.perturbation.controls = {"ctrl"};
    settings.evaluate = with_setting(log_normalize);
    SilentReporter reporter;
    return to_csv(evaluate_predicted_file(settings, reporter));
  };
  EXPECT_EQ(run_of(cells, true), run_of(log_normalized(cells, "x"), false));
  EXPECT_NE(run_of(cells, true), run_of(cells, false));
}

TEST(EvaluateSettings, TrueMapsAreOfTheDataAsTheyAre) {
  const auto text = tests::error_text(ErrorKind::kUsage, [] {
    const auto json = nlohmann::ordered_json::parse(R"({"log_normalize": true, "true_maps": true})");
    (void)read_settings<EvaluateSettings>(document_from(json, "."));
  });
  EXPECT_NE(text.find("one of log_normalize and true_maps"), std::string::npos) << text;
}

}  // namespace log_normalized_baselines_test
}  // namespace brenier::train
