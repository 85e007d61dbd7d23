// SIGKILL while a checkpoint is being written: the ones before it stay, and the run goes on to the same bytes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "core/io/atomic_file.h"
#include "tests/apps/command_line.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::tests {
namespace kill_test {

// A folder that the process is filling; of any process when `who` is empty.
bool writing_a_checkpoint(const std::filesystem::path& run, const std::string& who) {
  std::error_code error;
  for (std::filesystem::directory_iterator it(run / "checkpoints", error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().string().find(".partial-" + who) != std::string::npos) return true;
  }
  return false;
}

// Resumes the run and kills it at the first sight of a checkpoint in the making. False when it ended before.
bool kill_in_checkpoint(const std::string& config, const std::string& run) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int sink = ::open("/dev/null", O_RDWR);
    ::dup2(sink, 1);
    ::dup2(sink, 2);
    ::execl(BRENIER_COMMAND, BRENIER_COMMAND, "train", config.c_str(), "--out", run.c_str(), "--resume", nullptr);
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int status = 0;
  while (std::chrono::steady_clock::now() < deadline && ::waitpid(child, &status, WNOHANG) == 0) {
    if (!writing_a_checkpoint(run, std::to_string(child))) continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return true;
  }
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "training ended with status " << status;
  return false;
}

TEST(Kill, InTheMiddleOfACheckpointTheRunGoesOnToTheSameBytes) {
  const TempDir folder;
  make_small_experiment(folder.path());
  const auto config = (folder / "small.json").string();
  const auto whole = (folder / "whole").string();
  const auto killed = (folder / "killed").string();
  ASSERT_EQ(brenier("train '" + config + "' --out '" + whole + "'").exit_code, 0);
  int kills = 0;
  while (kills < 4 && kill_in_checkpoint(config, killed)) ++kills;
  EXPECT_GE(kills, 1) << "no checkpoint was seen in the making";
  const auto last = brenier("train '" + config + "' --out '" + killed + "' --resume");
  ASSERT_EQ(last.exit_code, 0) << last.err;
  for (const char* file : {"metrics.jsonl", "model.pt", "evaluation.json"}) {
    EXPECT_TRUE(read_file(killed + "/" + file) == read_file(whole + "/" + file)) << file;
  }
  EXPECT_FALSE(writing_a_checkpoint(killed, "")) << "remains of a killed write were left";
}

}  // namespace kill_test
}  // namespace brenier::tests
