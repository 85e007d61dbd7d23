// CMonge from a file to predictions: a tiny training, and trainer, runtime and the bare archive agree.
#include <gtest/gtest.h>

#include <cmath>

#include "core/log.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/shipped_model.h"
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
  auto asked = prepared.split.held_out;
  asked.push_back(view.task().contexts.front());
  tests::expect_shipped_model_agrees(prepared, *trained.model, dir / "run/model.pt", asked);
  tests::expect_shipped_model_is_robust(prepared, dir / "run/model.pt", asked);
}

}  // namespace cmonge_test
}  // namespace brenier::train
