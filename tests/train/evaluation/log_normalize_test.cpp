// Populations of counts compared on one scale.
#include "train/evaluation/log_normalize.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/config/read.h"
#include "core/error.h"
#include "core/random.h"
#include "tests/core/throws.h"

namespace brenier::train {
namespace log_normalize_test {

TEST(LogNormalize, ScalesAndLogsEachCell) {
  const at::Tensor cells = at::tensor({1.0F, 3.0F, 0.0F, 0.0F, 5.0F, 5.0F}).reshape({3, 2});
  const at::Tensor expected =
      at::tensor({std::log1p(2500.0), std::log1p(7500.0), 0.0, 0.0, std::log1p(5000.0), std::log1p(5000.0)})
          .to(at::kFloat)
          .reshape({3, 2});
  EXPECT_TRUE(at::allclose(log_normalized(cells, "x"), expected, 1e-6, 0.0));
  EXPECT_TRUE(at::allclose(log_normalized_prediction(at::tensor({1.0F, 3.0F, -2.0F}).reshape({1, 3})),
                           at::tensor({std::log1p(2500.0F), std::log1p(7500.0F), 0.0F}).reshape({1, 3}), 1e-6, 0.0));
}

TEST(LogNormalize, NegativeCellsAreRefused) {
  const at::Tensor cells = at::tensor({1.0F, 3.0F, 0.0F, -0.5F}).reshape({2, 2});
  const std::string text = tests::error_text(ErrorKind::kData, [&] { (void)log_normalized(cells, "true"); });
  for (const auto* word : {"true cells", "-0.5 in row 1, column 1", "evaluate.log_normalize"}) {
    EXPECT_NE(text.find(word), std::string::npos) << text;
  }
}

// Counts of n cells: random libraries times the profile.
at::Tensor counts(std::int64_t n, const at::Tensor& profile, double library, RandomStream& random) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) {
    const double size = library * std::exp(0.5 * random.normal());
    for (std::int64_t g = 0; g < profile.size(0); ++g) {
      values.push_back(static_cast<float>(random.poisson(size * profile[g].item<double>())));
    }
  }
  return at::tensor(values).reshape({n, profile.size(0)});
}

// Every metric sees the cells as if they had been put to logarithms beforehand, and the size of libraries decides no
// score.
TEST(LogNormalize, EvaluationScoresAreThoseOfTheLogarithms) {
  RandomStream random(5, "test");
  const at::Tensor profile = at::arange(1, 13, at::kDouble) / 78.0;
  const at::Tensor changed = profile.flip({0}).contiguous();
  const Context context = make_context({{"drug", 1.0}}, {});
  const ScoredContext scored{context, true, counts(60, profile, 3000, random), counts(70, changed, 3000, random)};
  const at::Tensor right = counts(80, changed, 30000, random);  // ten times as many counts a cell
  const auto constant = [](const std::string& name, const at::Tensor& cells) {
    return Method{name, [cells](const ScoredContext&) { return cells; }, {}};
  };
  std::vector<std::string> genes;
  for (int g = 0; g < 12; ++g) genes.push_back("g" + std::to_string(g));
  EvaluateSettings settings;
  settings.metrics = {"r2_mean", "r2_mean_top5", "pearson_delta", "l2_mean", "energy_distance", "mmd_median"};
  settings.cell_bootstrap = 3;
  SilentReporter reporter;
  settings.log_normalize = true;
  const auto with = evaluate({constant("model", right)}, {scored}, genes, settings, 1, reporter);
  settings.log_normalize = false;
  const auto logged = evaluate({constant("model", log_normalized_prediction(right))}, {log_normalized(scored)}, genes,
                               settings, 1, reporter);
  EXPECT_EQ(to_json(with).dump(), to_json(logged).dump());
  const auto raw = evaluate({constant("model", right)}, {scored}, genes, settings, 1, reporter);
  const auto score = [](const Evaluation& evaluation) { return evaluation.contexts[0].scores[0].second[0].second; };
  EXPECT_GT(score(with), 0.95);
  EXPECT_LT(score(raw), 0.0);
}

// The identity baseline of a method with control cells of its own.
TEST(LogNormalize, OwnControlCellsAreTreatedAlike) {
  RandomStream random(6, "test");
  const at::Tensor profile = at::arange(1, 6, at::kDouble) / 15.0;
  const at::Tensor control = counts(30, profile, 500, random);
  const at::Tensor truth = counts(30, profile.flip({0}).contiguous(), 500, random);
  const ScoredContext scored{make_context({{"drug", 1.0}}, {}), true, control, truth};
  const auto method = [&](bool own) {
    Method one{"model", [&](const ScoredContext&) { return truth; }, {}};
    if (own) one.control = [&](const ScoredContext&) { return control; };
    return one;
  };
  EvaluateSettings settings;
  settings.metrics = {"pearson_delta"};
  settings.log_normalize = true;
  SilentReporter reporter;
  const std::vector<std::string> genes = {"a", "b", "c", "d", "e"};
  const auto own = evaluate({method(true)}, {scored}, genes, settings, 1, reporter);
  const auto shared = evaluate({method(false)}, {scored}, genes, settings, 1, reporter);
  EXPECT_EQ(own.contexts[0].scores[0].second[0].second, shared.contexts[0].scores[0].second[0].second);
}

TEST(LogNormalize, IsASettingOfTheConfig) {
  const auto settings =
      read_settings<EvaluateSettings>(document_from(nlohmann::ordered_json::parse(R"({"log_normalize": true})"), "."));
  EXPECT_TRUE(settings.log_normalize);
  EXPECT_FALSE(EvaluateSettings{}.log_normalize);
}

}  // namespace log_normalize_test
}  // namespace brenier::train
