// A file of logarithms is trained on as counts, and the model takes logarithms or counts alike.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/io/atomic_file.h"
#include "data/h5ad/reader.h"
#include "tests/apps/command_line.h"
#include "tests/data/small_table.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests::recover_counts_app_test {

TEST(RecoverCountsVerbs, TrainEvaluateAndPredictTreatCellsAlike) {
  const TempDir dir;
  make_small_experiment(dir.path());
  const auto at = [&](const std::string& name) { return "'" + (dir / name).string() + "'"; };
  auto made = brenier("preprocess " + at("cells.h5ad") + " --output " + at("logarithms.h5ad"));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  made = brenier("preprocess " + at("logarithms.h5ad") + " --recover-counts --no-normalize --no-log1p --output " +
                 at("counts.h5ad"));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(to_dense(data::read_cells(dir / "counts.h5ad").x).dense().values,
            to_dense(data::read_cells(dir / "cells.h5ad").x).dense().values);
  const std::string settings =
      " -s preprocess.normalize_total.enabled=false -s preprocess.log1p=false -s 'model={\"kind\": \"mean_shift\"}'"
      " -s evaluate.log_normalize=true";
  made = brenier("train " + at("small.json") + settings + " -s data.path=" + at("logarithms.h5ad") +
                 " -s preprocess.counts=recover" + " --out " + at("recovered"));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  made = brenier("train " + at("small.json") + settings + " --out " + at("given"));
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(read_file(dir / "recovered/evaluation.json"), read_file(dir / "given/evaluation.json"));
  const auto predicted = [&](const std::string& input) {
    const auto result =
        brenier("predict " + at("recovered/model.pt") + " -i " + at(input) + " -p pert_1 -o " + at("out.h5ad"));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return to_dense(data::read_cells(dir / "out.h5ad").x).dense().values;
  };
  EXPECT_EQ(predicted("logarithms.h5ad"), predicted("cells.h5ad"));
  const auto shown = brenier("inspect " + at("recovered/model.pt"));
  EXPECT_NE(shown.out.find("turned back into counts"), std::string::npos) << shown.out;
}

}  // namespace brenier::tests::recover_counts_app_test
