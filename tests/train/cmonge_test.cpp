// CMonge from a file to predictions: a tiny training, and trainer, runtime and the bare archive agree.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "core/log.h"
#include "models/model.h"
#include "runtime/predictor.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/small_experiment.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace cmonge_test {

TEST(CmongeExperiment, TrainsAndTrainerRuntimeAndArchiveAgree) {
  const tests::TempDir dir;
  const auto settings = tests::small_experiment(
      dir.path(), {R"(model={"kind": "cmonge", "latent": {"width": 4, "hidden": [16], "steps": 12, "batch": 32},)"
                   R"( "hidden": [8, 8], "action_width": 4, "steps": 12, "batch": 16})"});
  SilentReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  const auto evaluation = run_experiment(settings, folder, reporter);
  EXPECT_TRUE(std::isfinite(evaluation.summary_of("model", "r2_mean").mean));
  const auto prepared = prepare_data(settings, reporter);
  const TableView view(prepared);
  const auto trained = load_trained(settings, view.task(), dir / "run", reporter);
  const auto predictor = runtime::Predictor::load(dir / "run/model.pt");
  auto archive = torch::jit::load((dir / "run/model.pt").string());
  auto asked = prepared.split.held_out;
  asked.push_back(view.task().contexts.front());
  for (const auto& context : asked) {
    const auto control = dense_rows(prepared.table, prepared.contexts.control_rows(context));
    const auto expected = trained.model->predict(control, context);
    const auto shipped = predictor.predict(control, view.task().genes, context);
    EXPECT_LE((shipped - expected).abs().max().item<double>(), 1e-5) << to_string(context);
    const auto vocabulary = trained.model->vocabulary();
    const auto vector = archive.run_method("encode_context", control, models::encode_actions(vocabulary, context),
                                           models::encode_covariates(vocabulary, context));
    const auto loaded = archive.run_method("forward", control, vector).toTensor();
    EXPECT_LE((loaded - expected).abs().max().item<double>(), 1e-5) << to_string(context);
  }
}

}  // namespace cmonge_test
}  // namespace brenier::train
