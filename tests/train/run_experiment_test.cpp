#include "train/run_experiment.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "runtime/predictor.h"
#include "tests/helpers/collecting_reporter.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/run_helpers.h"
#include "tests/train/small_experiment.h"
#include "train/checkpoint.h"
#include "train/predictor_model.h"
#include "train/table_view.h"

namespace brenier::train {

Evaluation run_in(const std::filesystem::path& path, const ExperimentSettings& settings,
                  RunFolder::Mode mode = RunFolder::Mode::kNew) {
  apply_compute(settings.compute);
  SilentReporter reporter;
  const auto folder = RunFolder::open(path, mode, resolved_json(settings));
  return run_experiment(settings, folder, reporter);
}

std::string message_of(const std::filesystem::path& path, const ExperimentSettings& settings) {
  try {
    (void)run_in(path, settings, RunFolder::Mode::kResume);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(RunExperiment, FillsTheRunFolder) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path(), tests::small_condot());
  const auto evaluation = run_in(dir / "run", settings);
  for (const char* name : {"config.json", "split.json", "metrics.jsonl", "timing.jsonl", "checkpoints", "model.pt",
                           "evaluation.json", "report.html"}) {
    EXPECT_TRUE(std::filesystem::exists(dir / "run" / name)) << name;
  }
  ASSERT_EQ(evaluation.contexts.size(), 1U);
  EXPECT_EQ(evaluation.split, "held_out_context");
  EXPECT_EQ(evaluation.methods().front(), "model");
  EXPECT_EQ(to_json(read_evaluation(dir / "run/evaluation.json")), to_json(evaluation));
}

TEST(RunExperiment, TheModelFileScoresAsTheTrainedModel) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path(), tests::small_condot());
  const auto trained = run_in(dir / "run", settings);
  SilentReporter reporter;
  const auto prepared = prepare_data(settings, reporter);
  const PredictorModel shipped(runtime::Predictor::load(dir / "run/model.pt"));
  const auto evaluation = evaluate_held_out(settings, prepared, shipped, reporter);
  for (const auto& metric : evaluation.metrics()) {
    EXPECT_NEAR(evaluation.summary_of("model", metric).mean, trained.summary_of("model", metric).mean, 1e-4) << metric;
    EXPECT_EQ(evaluation.summary_of("identity", metric).mean, trained.summary_of("identity", metric).mean) << metric;
  }
  const auto info = runtime::read_model_info(dir / "run/model.pt");
  EXPECT_EQ(info.metrics["evaluation"], to_json(trained)["summary"]);
  EXPECT_FALSE(info.metrics["validation"].empty());
}

// Settings of a kind with which its training on the small experiment is over in a moment.
std::vector<std::string> small_model(const std::string& kind) {
  if (kind == "condot") return tests::small_condot();
  std::vector<std::string> overrides{"model.kind=" + kind};
  if (kind == "cmonge") overrides.insert(overrides.end(), {"model.steps=20", "model.batch=32"});
  if (kind.ends_with("vae") || kind == "svae_plus") {
    overrides.insert(overrides.end(), {"model.steps=20", "model.hidden=[8]"});
    if (kind != "discrepancy_vae") {
      overrides.insert(overrides.end(), {"model.likelihood=gaussian", "model.latent_width=3"});
    }
  }
  return overrides;
}

TEST(RunExperiment, TrainerAndRuntimePredictTheSameForEveryKindOfModel) {
  for (const auto& kind : models::model_kinds()) {
    const tests::TempDir dir;
    const auto settings = tests::small_experiment(dir.path(), small_model(kind));
    (void)run_in(dir / "run", settings);
    SilentReporter reporter;
    const auto prepared = prepare_data(settings, reporter);
    const TableView view(prepared);
    const auto trained = load_trained(settings, view.task(), dir / "run", reporter);
    const auto predictor = runtime::Predictor::load(dir / "run/model.pt");
    auto contexts = view.task().contexts;
    contexts.push_back(prepared.split.held_out.front());
    for (const auto& context : contexts) {
      const auto control = dense_rows(prepared.table, prepared.contexts.control_rows(context));
      const auto expected = trained.model->predict(control, context);
      const auto shipped = predictor.predict(control, view.task().genes, context);
      EXPECT_LE((shipped - expected).abs().max().item<double>(), 1e-5) << kind << ", " << to_string(context);
    }
  }
}

TEST(RunExperiment, RuntimePreprocessesCountsAsTrainingDid) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path());
  (void)run_in(dir / "run", settings);
  SilentReporter reporter;
  const auto prepared = prepare_data(settings, reporter);
  const auto counts = read_table(settings.data);
  const auto& context = prepared.split.held_out.front();
  const auto rows = prepared.contexts.control_rows(context);
  const auto predictor = runtime::Predictor::load(dir / "run/model.pt");
  runtime::PredictOptions raw;
  raw.raw_counts = true;
  const auto from_counts = predictor.predict(dense_rows(counts, rows), counts.var.index, context, raw);
  const auto from_ready = predictor.predict(dense_rows(prepared.table, rows), prepared.table.var.index, context);
  EXPECT_LE((from_counts - from_ready).abs().max().item<double>(), 1e-5);
}

TEST(RunExperiment, ContinuesAfterTheLastCheckpointToTheSameBytes) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path(), tests::small_condot());
  (void)run_in(dir / "whole", settings);
  (void)run_in(dir / "cut", settings);
  std::filesystem::remove(dir / "cut/evaluation.json");  // as if killed while evaluating
  std::filesystem::remove(dir / "cut/model.pt");
  (void)run_in(dir / "cut", settings, RunFolder::Mode::kResume);
  for (const char* name : {"model.pt", "evaluation.json", "metrics.jsonl", "split.json"}) {
    EXPECT_TRUE(read_file(dir / "cut" / name) == read_file(dir / "whole" / name)) << name;
  }
}

TEST(RunExperiment, HeldOutCellsHaveNoPartInTheTrainedModel) {
  const tests::TempDir a;
  const tests::TempDir b;
  auto cells = tests::small_cells();
  const auto perturbation = cells.obs.labels("perturbation");
  const auto type = cells.obs.labels("cell_type");
  auto changed = cells;
  auto& x = changed.x.sparse();
  for (std::size_t i = 0; i < perturbation.size(); ++i) {
    if (perturbation[i] != "pert_1" || type[i] != "type_2") continue;
    for (auto k = x.indptr[i]; k < x.indptr[i + 1]; ++k)
      x.values[static_cast<std::size_t>(k)] = static_cast<float>(k % 90);
  }
  (void)run_in(a / "run", tests::small_experiment(a.path(), tests::small_condot(), cells));
  (void)run_in(b / "run", tests::small_experiment(b.path(), tests::small_condot(), changed));
  EXPECT_EQ(read_file(a / "run/metrics.jsonl"), read_file(b / "run/metrics.jsonl"));
  SilentReporter reporter;
  EXPECT_TRUE(tests::equal_states(latest_good(a / "run/checkpoints", reporter)->model,
                                  latest_good(b / "run/checkpoints", reporter)->model));
  EXPECT_NE(read_file(a / "run/evaluation.json"), read_file(b / "run/evaluation.json"));
}

TEST(RunExperiment, FinishedRunIsOnlyRead) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path());
  const auto evaluation = run_in(dir / "run", settings);
  std::filesystem::remove(dir / "cells.h5ad");
  EXPECT_EQ(to_json(run_in(dir / "run", settings, RunFolder::Mode::kResume)), to_json(evaluation));
}

TEST(RunExperiment, ResumeNoticesOtherData) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path());
  (void)run_in(dir / "run", settings);
  std::filesystem::remove(dir / "run/evaluation.json");
  auto cells = tests::small_cells();
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i + 1 < cells.cells(); ++i) rows.push_back(i);
  (void)tests::small_experiment(dir.path(), {}, data::select_cells(cells, rows));
  EXPECT_NE(message_of(dir / "run", settings).find("split otherwise"), std::string::npos);
}

TEST(RunExperiment, WarnsOfHeldOutActionsThatNothingIsLearnedOf) {
  const tests::TempDir dir;
  const auto settings =
      tests::small_experiment(dir.path(), {R"(split={"kind": "held_out_perturbation", "perturbations": ["pert_2"]})"});
  tests::CollectingReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  (void)run_experiment(settings, folder, reporter);  // the mean shift has an answer all the same
  EXPECT_NE(reporter.warnings.find("'pert_2'"), std::string::npos) << reporter.warnings;
}

TEST(RunExperiment, RefusesADeviceItWouldNotUse) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path(), {"+device=cuda"});
  EXPECT_NE(message_of(dir / "run", settings).find("device"), std::string::npos);
}

TEST(RunExperiment, UntrainedRunHasNoModel) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(dir.path());
  SilentReporter reporter;
  const auto prepared = prepare_data(settings, reporter);
  EXPECT_THROW((void)load_trained(settings, TableView(prepared).task(), dir / "absent", reporter), Error);
}

}  // namespace brenier::train
