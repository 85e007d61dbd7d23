// The baselines on real cells: scores measured independently with numpy and scikit-learn on the same files.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/error.h"
#include "data/h5ad/reader.h"
#include "tests/helpers/shared_data.h"
#include "tests/models/tensor_view.h"
#include "train/evaluation/evaluate.h"

namespace brenier::train {
namespace real_data_test {

using tests::TensorView;

// Control and treated cells of every value of one covariate.
struct Populations {
  std::vector<std::string> genes;
  std::map<std::string, at::Tensor> control;
  std::map<std::string, at::Tensor> treated;
};

Populations read(const std::filesystem::path& path, const std::string& covariate, const std::string& control_label) {
  const data::CellTable table = data::read_cells(path);
  const auto condition = table.obs.labels("condition");
  const auto value = table.obs.labels(covariate);
  std::map<std::pair<std::string, bool>, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < value.size(); ++i) {
    rows[{value[i].value(), condition[i].value() == control_label}].push_back(static_cast<std::int64_t>(i));
  }
  Populations populations;
  populations.genes = table.var.index;
  for (const auto& [key, members] : rows) {
    at::Tensor cells = at::empty({static_cast<std::int64_t>(members.size()), table.genes()});
    table.x.rows_dense(members, cells.mutable_data_ptr<float>());
    (key.second ? populations.control : populations.treated).emplace(key.first, cells);
  }
  return populations;
}

// Holds out the treated cells of `value` and scores the baselines on them.
ContextEvaluation hold_out(const Populations& populations, const std::string& value) {
  const auto context = [](const std::string& v) { return make_context({{"treatment", 1.0}}, {{"group", v}}); };
  TensorView view(populations.genes);
  for (const auto& [other, treated] : populations.treated) {
    if (other != value) view.add(context(other), populations.control.at(other), treated);
  }
  EvaluateSettings settings;
  settings.metrics = {"r2_mean", "r2_mean_top50"};
  const std::vector<Baseline> baselines = fit_baselines(view, 0);
  const std::vector<ScoredContext> scored = {
      {context(value), true, populations.control.at(value), populations.treated.at(value)}};
  SilentReporter reporter;
  return evaluate(*baselines.front().model, baselines, scored, settings, 0, reporter).contexts.front();
}

TEST(RealData, KangBaselinesOverTheSevenCellTypes) {
  const auto path = tests::shared_data("perturbation/kang_pbmc_ifnb.h5ad");
  if (!path) GTEST_SKIP() << tests::shared_data_missing("perturbation/kang_pbmc_ifnb.h5ad");
  const Populations populations = read(*path, "cell_type", "control");
  ASSERT_EQ(populations.treated.size(), 7U);
  std::map<std::string, std::map<std::string, double>> mean;
  for (const auto& [type, treated] : populations.treated) {
    const ContextEvaluation scores = hold_out(populations, type);
    for (const auto& [method, values] : scores.scores) {
      for (const auto& [metric, score] : values) mean[method][metric] += score / 7.0;
    }
  }
  EXPECT_NEAR(mean["identity"]["r2_mean"], 0.744, 6e-4);
  EXPECT_NEAR(mean["mean_shift"]["r2_mean"], 0.893, 6e-4);
  EXPECT_NEAR(mean["nearest_context"]["r2_mean"], 0.944, 6e-4);
  EXPECT_NEAR(mean["identity"]["r2_mean_top50"], -0.379, 6e-4);
  EXPECT_NEAR(mean["mean_shift"]["r2_mean_top50"], 0.676, 6e-4);
  EXPECT_NEAR(mean["nearest_context"]["r2_mean_top50"], 0.926, 6e-4);
  EXPECT_NEAR(mean["ceiling"]["r2_mean"], 0.961, 5e-3);  // random halves
  EXPECT_NEAR(mean["ceiling"]["r2_mean_top50"], 0.97, 1e-2);
  EXPECT_NEAR(mean["additive"]["r2_mean"], mean["mean_shift"]["r2_mean"], 1e-5) << "the held-out type adds no effect";
  EXPECT_GT(mean["linear"]["r2_mean"], mean["mean_shift"]["r2_mean"]);
  for (const auto& [method, values] : mean) {
    for (const auto& [metric, score] : values) RecordProperty(method + " " + metric, std::to_string(score));
  }
}

TEST(RealData, GlioblastomaBaselinesOnPatientPW034) {
  const auto path = tests::shared_data("perturbation/glioblastoma_panobinostat.h5ad");
  if (!path) GTEST_SKIP() << tests::shared_data_missing("perturbation/glioblastoma_panobinostat.h5ad");
  Populations populations = read(*path, "patient_id", "ctrl");
  ASSERT_EQ(populations.treated.size(), 5U);
  for (auto* side : {&populations.control, &populations.treated}) {
    for (auto& [patient, cells] : *side) {
      cells = (cells / cells.sum(1, /*keepdim=*/true).clamp_min(1.0) * 1e4).log1p();
    }
  }
  const ContextEvaluation scores = hold_out(populations, "PW034");
  EXPECT_NEAR(score_of(scores, "identity", "r2_mean"), 0.642, 6e-4);
  EXPECT_NEAR(score_of(scores, "mean_shift", "r2_mean"), 0.682, 6e-4);
  EXPECT_NEAR(score_of(scores, "ceiling", "r2_mean"), 0.985, 5e-3);
  for (const auto& [method, values] : scores.scores) {
    RecordProperty(method, std::to_string(values.front().second));
  }
}

}  // namespace real_data_test
}  // namespace brenier::train
