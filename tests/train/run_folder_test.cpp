#include "train/run_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::train {

const nlohmann::ordered_json kConfig{{"name", "a"}, {"train", {{"log_every", 10}}}};

// A run that has trained a little.
void make_run(const std::filesystem::path& path) {
  const auto folder = RunFolder::open(path, RunFolder::Mode::kNew, kConfig);
  write_atomically(folder.metrics(), "{}\n");
}

std::string message_of(const std::filesystem::path& path, RunFolder::Mode mode, const nlohmann::ordered_json& config,
                       ErrorKind kind) {
  try {
    (void)RunFolder::open(path, mode, config);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "opening " << path << " was not refused";
  return "";
}

TEST(RunFolder, NewFolderGetsTheConfig) {
  const tests::TempDir dir;
  const auto folder = RunFolder::open(dir / "deep/run", RunFolder::Mode::kNew, kConfig);
  EXPECT_FALSE(folder.resumed());
  EXPECT_EQ(nlohmann::ordered_json::parse(read_file(folder.config())), kConfig);
  EXPECT_EQ(RunFolder::inspect(folder.path()), RunFolder::State::kEmpty);  // nothing is lost by starting anew
  write_atomically(folder.metrics(), "");
  EXPECT_EQ(RunFolder::inspect(folder.path()), RunFolder::State::kUnfinished);
}

TEST(RunFolder, ARunThatEndedBeforeItTrainedIsNoObstacle) {
  const tests::TempDir dir;
  {
    write_atomically(RunFolder::open(dir / "run", RunFolder::Mode::kNew, kConfig).split(), "{}");
  }
  auto corrected = kConfig;
  corrected["name"] = "b";
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, corrected);
  EXPECT_FALSE(std::filesystem::exists(folder.split()));
  EXPECT_EQ(nlohmann::ordered_json::parse(read_file(folder.config())), corrected);
}

TEST(RunFolder, NeverTakesAnotherConfigForTheBeginningOfARun) {
  const tests::TempDir dir;
  std::filesystem::create_directories(dir / "configs");
  write_atomically(dir / "configs/config.json", "{}");
  (void)message_of(dir / "configs", RunFolder::Mode::kNew, kConfig, ErrorKind::kUsage);
  EXPECT_EQ(read_file(dir / "configs/config.json"), "{}");
}

TEST(RunFolder, RefusesAnUnfinishedRunAndSaysHowToGoOn) {
  const tests::TempDir dir;
  make_run(dir / "run");
  const auto text = message_of(dir / "run", RunFolder::Mode::kNew, kConfig, ErrorKind::kUsage);
  EXPECT_NE(text.find("unfinished"), std::string::npos) << text;
  EXPECT_NE(text.find("--resume"), std::string::npos) << text;
  EXPECT_NE(text.find("--overwrite"), std::string::npos) << text;
}

TEST(RunFolder, RefusesAFinishedRun) {
  const tests::TempDir dir;
  {
    write_atomically(RunFolder::open(dir / "run", RunFolder::Mode::kNew, kConfig).evaluation(), "{}");
  }
  EXPECT_EQ(RunFolder::inspect(dir / "run"), RunFolder::State::kFinished);
  EXPECT_NE(message_of(dir / "run", RunFolder::Mode::kNew, kConfig, ErrorKind::kUsage).find("finished run"),
            std::string::npos);
}

TEST(RunFolder, NeverTouchesAFolderThatIsNoRun) {
  const tests::TempDir dir;
  std::filesystem::create_directories(dir / "home");
  write_atomically(dir / "home/thesis.txt", "all of it");
  for (const auto mode : {RunFolder::Mode::kNew, RunFolder::Mode::kResume, RunFolder::Mode::kOverwrite}) {
    EXPECT_NE(message_of(dir / "home", mode, kConfig, ErrorKind::kUsage).find("thesis.txt"), std::string::npos);
  }
  EXPECT_EQ(read_file(dir / "home/thesis.txt"), "all of it");
}

TEST(RunFolder, NeverTakesALoneModelForARun) {
  const tests::TempDir dir;
  std::filesystem::create_directories(dir / "models");
  write_atomically(dir / "models/model.pt", "precious");
  (void)message_of(dir / "models", RunFolder::Mode::kOverwrite, kConfig, ErrorKind::kUsage);
  EXPECT_EQ(read_file(dir / "models/model.pt"), "precious");
}

TEST(RunFolder, OverwriteDeletesTheOldRun) {
  const tests::TempDir dir;
  {
    const auto old = RunFolder::open(dir / "run", RunFolder::Mode::kNew, kConfig);
    write_atomically(old.evaluation(), "{}");
    std::filesystem::create_directories(old.checkpoints() / "step-1");
  }
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kOverwrite, kConfig);
  EXPECT_FALSE(std::filesystem::exists(folder.evaluation()));
  EXPECT_FALSE(std::filesystem::exists(folder.checkpoints()));
  EXPECT_TRUE(std::filesystem::exists(folder.config()));
}

TEST(RunFolder, ResumeWantsTheSameConfigAndListsEachDifference) {
  const tests::TempDir dir;
  make_run(dir / "run");
  EXPECT_TRUE(RunFolder::open(dir / "run", RunFolder::Mode::kResume, kConfig).resumed());
  auto other = kConfig;
  other["train"]["log_every"] = 20;
  other["seed"] = 1;
  const auto text = message_of(dir / "run", RunFolder::Mode::kResume, other, ErrorKind::kUsage);
  EXPECT_NE(text.find("train.log_every: the run has 10, asked for 20"), std::string::npos) << text;
  EXPECT_NE(text.find("seed"), std::string::npos) << text;
}

TEST(RunFolder, ResumeOfNothingStarts) {
  const tests::TempDir dir;
  EXPECT_FALSE(RunFolder::open(dir / "run", RunFolder::Mode::kResume, kConfig).resumed());
}

TEST(RunFolder, ForgetsWhatAKilledProcessLeftWhileItBegan) {
  const tests::TempDir dir;
  std::filesystem::create_directories(dir / "run");
  write_atomically(dir / "run/.lock", "");
  std::ofstream(dir / "run/config.json.partial-99999") << "{";
  EXPECT_EQ(RunFolder::inspect(dir / "run"), RunFolder::State::kEmpty);
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, kConfig);
  EXPECT_FALSE(std::filesystem::exists(dir / "run/config.json.partial-99999"));
}

TEST(RunFolder, OneProcessAtATime) {
  const tests::TempDir dir;
  const auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kNew, kConfig);
  const auto text = message_of(dir / "run", RunFolder::Mode::kResume, kConfig, ErrorKind::kUsage);
  EXPECT_NE(text.find("another process"), std::string::npos) << text;
}

TEST(RunFolder, TheLockEndsWithItsOwner) {
  const tests::TempDir dir;
  {
    make_run(dir / "run");
    auto folder = RunFolder::open(dir / "run", RunFolder::Mode::kResume, kConfig);
    const auto moved = std::move(folder);
  }
  EXPECT_TRUE(RunFolder::open(dir / "run", RunFolder::Mode::kResume, kConfig).resumed());
}

TEST(RunFolder, RefusesAFileInItsPlace) {
  const tests::TempDir dir;
  write_atomically(dir / "run", "text");
  EXPECT_NE(message_of(dir / "run", RunFolder::Mode::kNew, kConfig, ErrorKind::kUsage).find("is a file"),
            std::string::npos);
}

TEST(RunFolder, SaysWhenItCannotWrite) {
  if (::geteuid() == 0) {
    // root may write anywhere a folder can be; /proc cannot hold one
    (void)message_of("/proc/brenier-run", RunFolder::Mode::kNew, kConfig, ErrorKind::kData);
    return;
  }
  const tests::TempDir dir;
  std::filesystem::create_directories(dir / "locked");
  ::chmod((dir / "locked").c_str(), 0555);
  (void)message_of(dir / "locked/run", RunFolder::Mode::kNew, kConfig, ErrorKind::kData);
  ::chmod((dir / "locked").c_str(), 0755);
}

TEST(ConfigDifferences, ListsChangedAddedAndMissingPaths) {
  const nlohmann::ordered_json run{{"a", 1}, {"b", {{"c", {1, 2}}}}, {"gone", true}};
  const nlohmann::ordered_json asked{{"a", 1}, {"b", {{"c", {1, 3}}}}, {"fresh", "x"}};
  EXPECT_EQ(config_differences(run, asked),
            (std::vector<std::string>{"b.c: the run has [1,2], asked for [1,3]",
                                      "fresh: the run does not have it, asked for \"x\"",
                                      "gone: the run has true, not asked for"}));
  EXPECT_TRUE(config_differences(run, run).empty());
}

}  // namespace brenier::train
