// What a user can get wrong: one message that says what, where, what was found and what would be right, and its exit
// code.
#include <gtest/gtest.h>

#include <fstream>

#include "core/io/atomic_file.h"
#include "tests/apps/command_line.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {
namespace bad_input_test {

class BadInput : public testing::Test {
 protected:
  void SetUp() override { make_small_experiment(folder_.path()); }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  CommandResult train(const std::string& options, const std::string& before = "") const {
    return brenier("train '" + at("small.json") + "' --out '" + at("run") + "' " + options, before);
  }
  static void expect(const CommandResult& result, int exit_code, const std::vector<std::string>& words) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    for (const auto& word : words)
      EXPECT_NE(result.err.find(word), std::string::npos) << "'" << word << "' is not in\n" << result.err;
    EXPECT_EQ(result.err.find("terminate called"), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("frame #"), std::string::npos) << result.err;
  }

  TempDir folder_;
};

TEST_F(BadInput, UnknownKeyWrongTypeAndRangeAreReportedTogether) {
  expect(train("-s +model.stepz=3 -s train.log_every=soon -s split.validation_fraction=1.5"), 2,
         {"model.stepz", "steps", "train.log_every", "split.validation_fraction", "1.5"});
  EXPECT_FALSE(std::filesystem::exists(at("run")));
}

TEST_F(BadInput, ConfigThatIsNoJson) {
  write_text(at("small.json"), "{\n  \"name\": \"x\",\n  oops\n}");
  expect(train(""), 2, {"small.json", "line 3"});
}

TEST_F(BadInput, MissingDataFile) { expect(train("-s data.path=" + at("absent.h5ad")), 3, {"absent.h5ad"}); }

TEST_F(BadInput, FileThatIsNotHdf5) {
  write_text(at("text.h5ad"), "these are no cells");
  expect(train("-s data.path=" + at("text.h5ad")), 3, {"text.h5ad", "HDF5"});
}

TEST_F(BadInput, TruncatedFile) {
  const auto bytes = read_file(at("cells.h5ad"));
  for (const std::size_t share : {2, 3, 10}) {
    write_text(at("cut.h5ad"), bytes.substr(0, bytes.size() / share));
    expect(train("-s data.path=" + at("cut.h5ad")), 3, {"cut.h5ad"});
  }
}

TEST_F(BadInput, MissingColumnListsTheColumns) {
  expect(train("-s +data.perturbation.perturbation_column=treatment"), 3,
         {"treatment", "'cell_type'", "'perturbation'"});
}

TEST_F(BadInput, MissingControlValueListsTheValues) {
  expect(train("-s '+data.perturbation.controls=[\"DMSO\"]'"), 3, {"DMSO", "control", "pert_1"});
}

TEST_F(BadInput, SplitThatHoldsOutNothingNamesTheNearest) {
  expect(train("-s split.held_out.0.covariates.cell_type=type_9"), 3, {"type_9", "type_"});
}

TEST_F(BadInput, LogarithmsWhereCountsAreExpected) {
  ASSERT_EQ(brenier("preprocess '" + at("cells.h5ad") + "' -o '" + at("logs.h5ad") + "'").exit_code, 0);
  expect(train("-s data.path=" + at("logs.h5ad")), 3, {"logs.h5ad"});
}

TEST_F(BadInput, OutputFolderThatCannotBeMade) {
  write_text(at("file"), "");
  expect(brenier("train '" + at("small.json") + "' --out '" + at("file/run") + "'"), 3, {"file"});
  expect(brenier("simulate perturbation --output '" + at("no/such/folder.h5ad") + "'"), 3, {"folder.h5ad"});
}

TEST_F(BadInput, FullDiskDuringACheckpointKeepsThePreviousOne) {
  ASSERT_EQ(train("").exit_code, 0);
  const auto whole = read_file(at("run/model.pt"));
  std::filesystem::remove_all(at("run"));
  const auto cut = train("", "ulimit -f 20; ");  // 20 KiB: config and logs fit, a checkpoint does not
  expect(cut, 3, {"checkpoint"});
  const auto resumed = train("--resume");
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(read_file(at("run/model.pt")) == whole);
}

TEST_F(BadInput, ModelFilesThatAreNone) {
  write_text(at("bad.pt"), "no archive");
  expect(brenier("predict '" + at("bad.pt") + "' -i '" + at("cells.h5ad") + "' -p pert_1 -o '" + at("x.h5ad") + "'"), 3,
         {"bad.pt"});
  expect(brenier("evaluate '" + at("absent_run") + "'"), 3, {"absent_run"});
  expect(brenier("evaluate"), 2, {"nothing to evaluate", "--predicted"});
  expect(brenier("evaluate --predicted '" + at("absent.h5ad") + "'"), 2, {"--true"});
  expect(
      brenier("evaluate --predicted '" + at("absent.h5ad") + "' --true '" + at("absent.h5ad") + "' --metrics r2_meen"),
      2, {"unknown metric", "did you mean 'r2_mean'?", "'cell_eval'"});
  expect(brenier("evaluate --predicted '" + at("absent.h5ad") + "' --true '" + at("absent.h5ad") + "'"), 3,
         {"absent.h5ad"});
  expect(brenier("inspect '" + at("absent") + "'"), 3, {"absent"});
}

}  // namespace bad_input_test
}  // namespace brenier::tests
