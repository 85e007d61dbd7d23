// Scoring a model beside baselines and ceiling.
#include "train/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "core/config/write.h"
#include "core/error.h"
#include "core/random.h"
#include "models/baseline/mean_shift.h"
#include "tests/models/tensor_view.h"
#include "train/metric/metric.h"

namespace brenier::train {
namespace evaluate_test {

using tests::TensorView;

constexpr std::int64_t kGenes = 30;

at::Tensor cells(RandomStream& random, std::int64_t n, const at::Tensor& mean) {
  std::vector<float> values(static_cast<std::size_t>(n * kGenes));
  for (float& value : values) value = static_cast<float>(0.3 * random.normal());
  return at::tensor(values).reshape({n, kGenes}) + mean;
}

// Three cell types with the same effect; the fourth is held out.
struct Example {
  TensorView view{kGenes};
  std::vector<ScoredContext> contexts;
  Example() {
    RandomStream random(1, "test");
    const at::Tensor effect = 2.0 * cells(random, 1, at::zeros({kGenes}))[0];
    for (const char* type : {"B", "NK", "T", "Mono"}) {
      const at::Tensor mean = 5.0 * cells(random, 1, at::zeros({kGenes}))[0] + 2.0;
      const Context context = make_context({{"drug", 1.0}}, {{"type", type}});
      const at::Tensor control = cells(random, 50, mean);
      const at::Tensor treated = cells(random, 60, mean + effect);
      const bool held_out = std::string(type) == "Mono";
      if (!held_out) view.add(context, control, treated);
      contexts.push_back({context, held_out, control, treated});
    }
  }
};

Evaluation run(const Example& example, const EvaluateSettings& settings, std::uint64_t seed = 3) {
  models::MeanShiftModel model(example.view.task());
  model.begin_stage(0, example.view);
  SilentReporter reporter;
  return evaluate(model, fit_baselines(example.view, seed), example.contexts, settings, seed, reporter);
}

TEST(Evaluate, ScoresModelBaselinesAndCeilingInOrder) {
  const Example example;
  const Evaluation evaluation = run(example, {});
  EXPECT_EQ(evaluation.methods(), (std::vector<std::string>{"model", "identity", "mean_shift", "additive",
                                                            "nearest_context", "linear", "ceiling"}));
  ASSERT_EQ(evaluation.contexts.size(), 4U);
  EXPECT_EQ(evaluation.metrics(), EvaluateSettings{}.metrics);
  const ContextEvaluation& held_out = evaluation.contexts[3];
  EXPECT_TRUE(held_out.held_out);
  EXPECT_EQ(held_out.n_control, 50);
  EXPECT_EQ(held_out.n_true, 60);
  for (const std::string& metric : evaluation.metrics()) {
    EXPECT_DOUBLE_EQ(score_of(held_out, "model", metric), score_of(held_out, "mean_shift", metric)) << metric;
  }
  // The effect is common to all types: every fitted baseline is near the ceiling and above doing nothing.
  EXPECT_GT(score_of(held_out, "ceiling", "r2_mean"), 0.95);
  EXPECT_GT(score_of(held_out, "model", "r2_mean"), score_of(held_out, "identity", "r2_mean") + 0.05);
  EXPECT_TRUE(std::isnan(score_of(held_out, "identity", "pearson_delta"))) << "no change has no direction";
  EXPECT_LT(score_of(held_out, "model", "mmd_median"), score_of(held_out, "identity", "mmd_median"));
}

TEST(Evaluate, ScoresAreThoseOfTheMetricsAlone) {
  const Example example;
  EvaluateSettings settings;
  settings.metrics = {"r2_mean", "mmd_top5", "energy_distance", "r2_variance_tscore7"};
  const Evaluation evaluation = run(example, settings);
  models::MeanShiftModel model(example.view.task());
  model.begin_stage(0, example.view);
  for (std::size_t i = 0; i < example.contexts.size(); ++i) {
    const ScoredContext& context = example.contexts[i];
    const at::Tensor predicted = model.predict(context.control, context.context);
    for (const std::string& metric : settings.metrics) {
      EXPECT_NEAR(score_of(evaluation.contexts[i], "model", metric),
                  make_metric(metric)(context.control, predicted, context.truth), 1e-12)
          << metric;
      EXPECT_NEAR(score_of(evaluation.contexts[i], "identity", metric),
                  make_metric(metric)(context.control, context.control, context.truth), 1e-12)
          << metric;
    }
  }
}

TEST(Evaluate, TheSameSeedGivesTheSameBytesAndAnotherOneDoesNot) {
  const Example example;
  EvaluateSettings settings;
  settings.pairwise_cells = 20;
  const std::string first = to_json(run(example, settings, 3)).dump();
  EXPECT_EQ(first, to_json(run(example, settings, 3)).dump());
  EXPECT_NE(first, to_json(run(example, settings, 4)).dump()) << "halves of the ceiling are drawn by the seed";
}

TEST(Evaluate, AContextScoresTheSameWhateverElseIsScored) {
  const Example example;
  EvaluateSettings settings;
  settings.pairwise_cells = 20;
  const Evaluation all = run(example, settings);
  Example alone;
  alone.contexts.erase(alone.contexts.begin(), alone.contexts.begin() + 3);
  const Evaluation one = run(alone, settings);
  for (const std::string& method : all.methods()) {
    for (const std::string& metric : all.metrics()) {
      const double a = score_of(all.contexts[3], method, metric);
      const double b = score_of(one.contexts[0], method, metric);
      EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b))) << method << ' ' << metric;
    }
  }
}

TEST(Evaluate, TheCeilingIsWhatNoiseAllows) {
  // For independent halves of n / 2 cells with variance s^2, E |difference of means|^2 = G s^2 4 / n; two bootstrap
  // resamples of n cells: G s^2 2 / n (up to (n - 1) / n).
  const Example example;
  EvaluateSettings settings;
  settings.metrics = {"l2_mean"};
  settings.ceiling_repeats = 400;
  const ScoredContext& context = example.contexts[3];
  const double noise = Population("truth", context.truth).variance().sum().item<double>();
  const Evaluation halves = run(example, settings);
  EXPECT_NEAR(score_of(halves.contexts[3], "ceiling", "l2_mean"), std::sqrt(noise * 4.0 / 60.0),
              0.1 * std::sqrt(noise * 4.0 / 60.0));
  settings.ceiling = "bootstrap";
  const Evaluation resampled = run(example, settings);
  EXPECT_NEAR(score_of(resampled.contexts[3], "ceiling", "l2_mean"), std::sqrt(noise * 2.0 / 60.0),
              0.1 * std::sqrt(noise * 2.0 / 60.0));
}

TEST(Evaluate, ThePairwiseCeilingIsWhatAnIndependentReplicateScores) {
  Example example;
  RandomStream random(8, "test");
  const at::Tensor mean = at::ones({kGenes});
  const at::Tensor truth = cells(random, 60, mean);
  example.contexts = {{example.contexts[0].context, true, cells(random, 60, mean), truth}};
  EvaluateSettings settings;
  settings.metrics = {"energy_distance", "mmd_median"};
  settings.ceiling_repeats = 100;
  const Evaluation evaluation = run(example, settings);
  for (const std::string& metric : settings.metrics) {
    double replicate = 0.0;
    for (int i = 0; i < 50; ++i) replicate += make_metric(metric)(truth, cells(random, 60, mean), truth) / 50.0;
    EXPECT_NEAR(score_of(evaluation.contexts[0], "ceiling", metric), replicate, 0.1 * replicate) << metric;
  }
}

TEST(Evaluate, IntervalsOverCellsAreAsWideAsScoresScatter) {
  // The same condition measured many times: the spread of the score over measurements is what the interval of one of
  // them tells, in the middle.
  Example example;
  RandomStream random(12, "test");
  const at::Tensor mean = at::linspace(0.0, 4.0, kGenes);
  const at::Tensor predicted = cells(random, 60, mean + 0.1);
  const Context context = example.contexts[3].context;
  EvaluateSettings settings;
  settings.metrics = {"l2_mean", "energy_distance"};
  settings.cell_bootstrap = 200;
  settings.ceiling_repeats = 1;
  SilentReporter reporter;
  std::vector<std::string> genes(kGenes, "g");
  std::map<std::string, std::vector<double>> scores;
  std::map<std::string, double> width;
  constexpr int kTimes = 60;
  for (int i = 0; i < kTimes; ++i) {
    const ScoredContext scored{context, true, cells(random, 50, mean), cells(random, 60, mean)};
    const at::Tensor again = cells(random, 60, mean + 0.1);
    const Method method{"model", [&](const ScoredContext&) { return again; }, {}};
    settings.cell_bootstrap = i < 10 ? 200 : 0;
    const Evaluation one = evaluate({method}, {scored}, genes, settings, 5, reporter);
    for (const auto& name : settings.metrics) {
      const double score = score_of(one.contexts[0], "model", name);
      scores[name].push_back(score);
      if (i >= 10) continue;
      const auto [low, high] = interval_of(one.contexts[0], "model", name);
      EXPECT_LT(low, score) << name;
      EXPECT_GT(high, score) << name;
      width[name] += (high - low) / 10.0;
    }
  }
  for (const auto& name : settings.metrics) {
    double average = 0.0;
    double squares = 0.0;
    for (const double value : scores[name]) average += value / kTimes;
    for (const double value : scores[name]) squares += (value - average) * (value - average) / (kTimes - 1);
    const double expected = 2.0 * 1.96 * std::sqrt(squares);
    EXPECT_GT(width[name], 0.6 * expected) << name;
    EXPECT_LT(width[name], 1.6 * expected) << name;
  }
}

TEST(Evaluate, ScoresAcrossContextsAreFilledIn) {
  const Example example;
  EvaluateSettings settings;
  settings.metrics = {"pearson_edistance", "r2_mean", "discrimination_score_l2", "rank_rmse_average", "spread_error"};
  const Evaluation evaluation = run(example, settings);
  EXPECT_EQ(evaluation.metrics(), settings.metrics) << "in the order asked for";
  // Three training contexts are compared among themselves; the held-out one is alone.
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_FALSE(std::isnan(score_of(evaluation.contexts[k], "model", "discrimination_score_l2")));
    EXPECT_FALSE(std::isnan(score_of(evaluation.contexts[k], "ceiling", "discrimination_score_l2")));
    EXPECT_TRUE(std::isnan(score_of(evaluation.contexts[k], "model", "rank_rmse_average"))) << "one drug a cell type";
  }
  EXPECT_TRUE(std::isnan(score_of(evaluation.contexts[3], "model", "discrimination_score_l2")));
  EXPECT_TRUE(std::isnan(evaluation.summary_of("model", "pearson_edistance").mean));
  Example two;
  two.contexts[2].held_out = true;
  const Evaluation both = run(two, settings);
  EXPECT_FALSE(std::isnan(both.summary_of("model", "discrimination_score_l2").mean));
  EXPECT_NEAR(std::abs(both.summary_of("model", "pearson_edistance").mean), 1.0, 1e-9) << "two points make a line";
  EXPECT_LT(both.summary_of("ceiling", "spread_error").mean, 0.5);
  EXPECT_EQ(to_json(both).dump(), to_json(run(two, settings)).dump());
  EXPECT_EQ(to_json(evaluation_from_json(to_json(both))).dump(), to_json(both).dump());
}

TEST(Evaluate, OneTrueCellIsScoredAndWhatItCannotTellIsNaN) {
  Example example;
  example.contexts[3].truth = example.contexts[3].truth.narrow(0, 0, 1).clone();
  const Evaluation evaluation = run(example, {});
  EXPECT_TRUE(std::isfinite(score_of(evaluation.contexts[3], "model", "r2_mean")));
  EXPECT_TRUE(std::isnan(score_of(evaluation.contexts[3], "model", "r2_variance")));
  EXPECT_TRUE(std::isnan(score_of(evaluation.contexts[3], "ceiling", "r2_mean"))) << "one cell has no halves";
  EXPECT_TRUE(to_json(evaluation).at("contexts").at(3).at("scores").at("ceiling").at("r2_mean").is_null());
}

TEST(Evaluate, WrongCellsAreRefusedWithTheirContext) {
  const auto message = [](const Example& example) -> std::string {
    try {
      (void)run(example, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      return error.what();
    }
    return "accepted";
  };
  Example genes;
  genes.contexts[2].truth = at::rand({5, kGenes - 1});
  EXPECT_NE(message(genes).find("drug | type=T"), std::string::npos) << message(genes);
  Example empty;
  empty.contexts[1].control = at::rand({0, kGenes});
  EXPECT_NE(message(empty).find("control"), std::string::npos) << message(empty);
  Example broken;
  broken.contexts[3].truth[4][2] = NAN;
  EXPECT_NE(message(broken).find("type=Mono"), std::string::npos) << message(broken);
}

TEST(EvaluateSettings, AreReadWrittenAndChecked) {
  const auto violations = [](nlohmann::ordered_json json) {
    EvaluateSettings settings;
    return read_fields(document_from(std::move(json), "."), [&](Fields& fields) { settings.describe(fields); });
  };
  EXPECT_TRUE(violations(write_settings(EvaluateSettings{})).empty());
  EXPECT_TRUE(violations({{"metrics", {"mmd_top10"}}, {"ceiling", "bootstrap"}, {"bootstrap", 0}}).empty());
  EXPECT_TRUE(violations({{"metrics", {"cell_eval", "r2_mean"}}, {"cell_bootstrap", 100}, {"cell_level", 90}}).empty());
  EXPECT_EQ(violations({{"metrics", {"r2_meen"}}}).size(), 1U);
  EXPECT_EQ(violations({{"cell_bootstrap", -1}, {"cell_level", 100}}).size(), 2U);
  EXPECT_EQ(violations({{"metrics", nlohmann::ordered_json::array()}}).size(), 1U);
  EXPECT_EQ(violations({{"pairwise_cells", 1}, {"ceiling", "magic"}, {"ceiling_repeats", 0}}).size(), 3U);
}

}  // namespace evaluate_test
}  // namespace brenier::train
