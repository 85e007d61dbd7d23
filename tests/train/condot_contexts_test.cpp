// The kinds of context of CondOT from a file to predictions: trainer, runtime and the bare archive agree.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "data/h5ad/writer.h"
#include "data/simulate/gaussians.h"
#include "data/simulate/perturbation.h"
#include "models/model.h"
#include "runtime/predictor.h"
#include "tests/helpers/collecting_reporter.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/shipped_model.h"
#include "tests/train/small_experiment.h"
#include "train/run_experiment.h"
#include "train/table_view.h"

namespace brenier::train {
namespace condot_contexts_test {

// Four perturbations and three pairs in two cell types.
data::CellTable cells_with_pairs() {
  data::SimulatePerturbationSettings settings;
  settings.genes = 30;
  settings.cell_types = 2;
  settings.perturbations = 4;
  settings.pairs = 3;
  settings.cells = 30;
  settings.control_cells = 40;
  settings.seed = 3;
  return data::simulate_perturbation(settings).table;
}

struct Kind {
  std::string context, combinator;
};

class CondotContexts : public testing::TestWithParam<Kind> {};

TEST_P(CondotContexts, TrainerRuntimeAndArchiveAgreeOnUnseenPairs) {
  const tests::TempDir dir;
  const auto table = cells_with_pairs();
  std::string pairs;
  std::string descriptors = "gene,a,b\n";
  for (const auto& label : table.obs.labels("perturbation")) {
    if (label->find('+') != std::string::npos && pairs.find(*label) == std::string::npos) pairs += *label + "\n";
  }
  for (int p = 1; p <= 4; ++p) {
    descriptors += "pert_" + std::to_string(p) + "," + std::to_string(p * p) + "," + std::to_string(p % 2) + "\n";
  }
  descriptors += "other,2,0.5\n";
  write_atomically(dir / "pairs.csv", pairs);
  write_atomically(dir / "table.csv", descriptors);
  auto overrides = tests::small_condot();
  overrides.insert(overrides.end(),
                   {"split={\"kind\": \"conditions_file\"}", "+split.file=" + (dir / "pairs.csv").string(),
                    "+model.context=" + GetParam().context, "+model.combinator=" + GetParam().combinator,
                    "+model.unseen_actions=mean"});
  if (GetParam().context == "table") {
    overrides.push_back("+data.descriptors=[{\"path\": \"" + (dir / "table.csv").string() + "\"}]");
  }
  const auto settings = tests::small_experiment(dir.path(), overrides, table);
  tests::CollectingReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  const auto evaluation = run_experiment(settings, folder, reporter);
  EXPECT_EQ(evaluation.contexts.size(), 6U);
  const auto prepared = prepare_data(settings, reporter);
  const TableView view(prepared);
  const auto trained = load_trained(settings, view.task(), dir / "run", reporter);
  const auto predictor = runtime::Predictor::load(dir / "run/model.pt");
  auto asked = prepared.split.held_out;
  asked.push_back(view.task().contexts.front());
  asked.push_back(make_context({{"pert_1", 1.0}, {"never", 1.0}}, {{"cell_type", "type_1"}}));
  if (GetParam().context == "table") asked.push_back(make_context({{"other", 1.0}}, {{"cell_type", "type_1"}}));
  tests::expect_shipped_model_agrees(prepared, *trained.model, dir / "run/model.pt", asked);
  tests::expect_shipped_model_is_robust(prepared, dir / "run/model.pt", asked);
  EXPECT_FALSE(predictor.doubts(asked[asked.size() - (GetParam().context == "table" ? 2 : 1)]).empty());
}

INSTANTIATE_TEST_SUITE_P(Kinds, CondotContexts,
                         testing::Values(Kind{"kernel", "sum"}, Kind{"one_hot", "sum"}, Kind{"dose", "sum"},
                                         Kind{"mode_of_action", "mean"}, Kind{"mode_of_action", "deepset"},
                                         Kind{"table", "max"}, Kind{"none", "sum"}),
                         [](const auto& kind) { return kind.param.context + "_" + kind.param.combinator; });

TEST(CondotContextsWarnings, SayDosesOutsideTheRangeAndContextsSmallerThanABatch) {
  const tests::TempDir dir;
  data::SimulateGaussiansSettings gaussians;
  gaussians.doses = {1, 2, 3, 5};
  gaussians.cells = 20;
  gaussians.control_cells = 60;
  data::write_h5ad(data::to_ann_data(data::simulate_gaussians(gaussians)), dir / "cells.h5ad");
  write_atomically(dir / "config.json", R"({
    "name": "small", "threads": 1,
    "data": {"path": "cells.h5ad", "perturbation": {"preset": "scperturb"}},
    "preprocess": {"normalize_total": {"enabled": false}, "log1p": false, "genes": {"flavor": "none"}},
    "split": {"kind": "held_out_context", "held_out": [{"perturbation": "shift@5"}]},
    "model": {"kind": "condot", "latent": {"kind": "data"}, "context": "dose", "steps": 2, "inner": 2, "batch": 64,
              "potential": {"hidden": [8, 8], "context_width": 4}},
    "train": {"validation": {"score": "l2_mean"}},
    "evaluate": {"metrics": ["l2_mean"], "true_maps": true, "bootstrap": 0}
  })");
  const auto settings = load_experiment(dir / "config.json");
  tests::CollectingReporter reporter;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, resolved_json(settings));
  const auto evaluation = run_experiment(settings, folder, reporter);
  EXPECT_NE(reporter.warnings.find("dose 5 of 'shift' lies outside the training range 1 to 3"), std::string::npos);
  EXPECT_NE(reporter.warnings.find("fewer treated cells than a batch of 64"), std::string::npos) << reporter.warnings;
  EXPECT_NE(reporter.warnings.find("shift (16 cells)"), std::string::npos) << reporter.warnings;
  EXPECT_TRUE(std::isfinite(evaluation.summary_of("model", "l2_uvp_train").mean));
  EXPECT_GT(evaluation.summary_of("model", "l2_uvp_unseen").mean, evaluation.summary_of("model", "l2_uvp_train").mean);
  EXPECT_TRUE(std::isfinite(evaluation.summary_of("pooled_map", "l2_uvp_unseen").mean));
  EXPECT_EQ(evaluation.contexts.size(), 4U);
}

TEST(CondotContextsErrors, ATableOfNothingAndAMissingList) {
  const tests::TempDir dir;
  write_atomically(dir / "table.csv", "x,a\ny,1\n");
  SilentReporter reporter;
  const auto message = [&](const std::vector<std::string>& overrides) -> std::string {
    try {
      (void)prepare_data(tests::small_experiment(dir.path(), overrides), reporter);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto table = R"("path": ")" + (dir / "table.csv").string() + "\"";
  EXPECT_NE(message({"+data.descriptors=[{\"of\": \"patient\", " + table + "}]"}).find("'patient'"), std::string::npos);
  EXPECT_NE(message({"+data.descriptors=[{" + table + "}, {" + table + "}]"}).find("two tables"), std::string::npos);
  EXPECT_NE(message({R"(split={"kind": "conditions_file"})"}).find("-s split.file="), std::string::npos);
}

}  // namespace condot_contexts_test
}  // namespace brenier::train
