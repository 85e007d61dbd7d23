// Runs that repeat to the byte, are killed, and go on.
#include <gtest/gtest.h>

#include "core/io/atomic_file.h"
#include "tests/apps/command_line.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {
namespace resume_test {

class Resume : public testing::Test {
 protected:
  void SetUp() override {
    make_small_experiment(folder_.path());
    ASSERT_EQ(train("whole").exit_code, 0);
  }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }
  CommandResult train(const std::string& out, const std::string& options = "", const std::string& before = "") const {
    return brenier("train '" + at("small.json") + "' --out '" + at(out) + "' " + options, before);
  }
  void expect_same_as_whole(const std::string& run) const {
    for (const auto* file : {"metrics.jsonl", "model.pt", "evaluation.json"}) {
      EXPECT_TRUE(read_file(at(run + "/" + file)) == read_file(at("whole/" + std::string(file)))) << file;
    }
  }

  TempDir folder_;
};

TEST_F(Resume, TwoRunsOfOneSeedGiveTheSameBytes) {
  ASSERT_EQ(train("again").exit_code, 0);
  expect_same_as_whole("again");
  ASSERT_EQ(train("other", "-s seed=1").exit_code, 0);
  EXPECT_FALSE(read_file(at("other/model.pt")) == read_file(at("whole/model.pt")));
}

// SIGKILL after growing times: before, in and between steps, checkpoints, export and evaluation.
TEST_F(Resume, KilledAtAnyMomentAndResumedGivesTheSameBytes) {
  int killed = 0;
  for (const auto* seconds : {"0.2", "0.5", "0.7", "0.9", "1.1", "1.4", "2.0"}) {
    const auto result =
        brenier_for(seconds, "KILL", "train '" + at("small.json") + "' --out '" + at("killed") + "' --resume");
    if (result.exit_code == 137) ++killed;
  }
  EXPECT_GT(killed, 0) << "the run was too fast to be killed";
  const auto last = train("killed", "--resume");
  ASSERT_EQ(last.exit_code, 0) << last.err;
  expect_same_as_whole("killed");
}

TEST_F(Resume, TerminatedWritesACheckpointAndEndsWithFive) {
  // Long enough to be in training when the signal comes, also on a slow machine.
  const auto long_run = "train '" + at("small.json") + "' --out '" + at("stopped") + "' -s model.steps=1000000";
  const auto result = brenier_for("10", "TERM", long_run);
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_NE(result.err.find("SIGTERM"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("--resume"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::is_empty(at("stopped/checkpoints")));
}

}  // namespace resume_test
}  // namespace brenier::tests
