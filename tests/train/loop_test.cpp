#include "train/loop.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/memory_view.h"
#include "tests/train/run_helpers.h"
#include "train/checkpoint.h"

namespace brenier::train {

TrainSettings quick_settings() {
  TrainSettings settings;
  settings.schedule.kind = "cosine";
  settings.log_every = 3;
  settings.validation.every = 4;
  settings.checkpoint.every = 5;
  return settings;
}

std::vector<nlohmann::json> lines_of(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

// Runs with interruptions: raises SIGTERM before the named steps of stage "shift", each time resuming.
tests::RunOutcome run_interrupted(const std::filesystem::path& folder, const std::vector<std::int64_t>& stops) {
  bool resume = false;
  for (const auto stop : stops) {
    tests::ShiftOptions options;
    options.before_step = [stop](std::int64_t step) {
      if (step == stop) (void)std::raise(SIGTERM);
    };
    try {
      (void)tests::run_shift(folder, quick_settings(), options, resume);
      ADD_FAILURE() << "the signal before step " << stop << " did not stop training";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInterrupted) << error.what();
      EXPECT_NE(std::string(error.what()).find("SIGTERM"), std::string::npos) << error.what();
    }
    resume = true;
  }
  return tests::run_shift(folder, quick_settings(), {}, true);
}

TEST(Loop, RunsTheStagesInOrderAndLogsThem) {
  const tests::TempDir dir;
  const auto outcome = tests::run_shift(dir / "run", quick_settings());
  EXPECT_EQ(outcome.calls, (std::vector<std::string>{"begin centre", "begin shift", "end"}));
  EXPECT_TRUE(outcome.state.finished);
  EXPECT_EQ(outcome.state.total, 26);
  const auto lines = lines_of(outcome.metrics);
  EXPECT_EQ(lines.front(), nlohmann::json::parse(lines.front().dump()));
  EXPECT_EQ(lines.front()["step"], 3);
  EXPECT_EQ(lines.front()["stage"], "centre");
  EXPECT_TRUE(lines.front()["losses"].contains("centre"));
  int validations = 0;
  for (const auto& line : lines) {
    if (!line.contains("validation")) continue;
    ++validations;
    EXPECT_EQ(line["stage"], "shift");  // stage "centre" is not scored
  }
  EXPECT_EQ(validations, 6);  // before the first step, then after 4, 8, 12, 16, 20
}

TEST(Loop, SameSeedGivesTheSameBytes) {
  const tests::TempDir dir;
  const auto first = tests::run_shift(dir / "a", quick_settings());
  const auto second = tests::run_shift(dir / "b", quick_settings());
  EXPECT_EQ(first.metrics, second.metrics);
  EXPECT_TRUE(tests::equal_states(first.model, second.model));
}

TEST(Loop, InterruptedAnywhereEndsBitIdentical) {
  const tests::TempDir dir;
  const auto whole = tests::run_shift(dir / "whole", quick_settings());
  for (const std::int64_t stop : {0, 3, 4, 9, 18, 19}) {
    const auto pieces = run_interrupted(dir / ("pieces" + std::to_string(stop)), {stop});
    EXPECT_EQ(pieces.metrics, whole.metrics) << "stopped before step " << stop;
    EXPECT_TRUE(tests::equal_states(pieces.model, whole.model)) << "stopped before step " << stop;
    EXPECT_EQ(pieces.state, whole.state);
  }
  const auto often = run_interrupted(dir / "often", {2, 5, 11, 12});
  EXPECT_EQ(often.metrics, whole.metrics);
  EXPECT_TRUE(tests::equal_states(often.model, whole.model));
}

TEST(Loop, ResumeDoesNotBeginAStageTwice) {
  const tests::TempDir dir;
  const auto outcome = run_interrupted(dir / "run", {7});
  EXPECT_EQ(outcome.calls, (std::vector<std::string>{"end"}));
}

TEST(Loop, ResumeOfAFinishedRunTrainsNoMore) {
  const tests::TempDir dir;
  const auto whole = tests::run_shift(dir / "run", quick_settings());
  const auto again = tests::run_shift(dir / "run", quick_settings(), {}, true);
  EXPECT_TRUE(again.calls.empty());
  EXPECT_EQ(again.metrics, whole.metrics);
  EXPECT_TRUE(tests::equal_states(again.model, whole.model));
}

TEST(Loop, ResumeWithoutACheckpointStartsAnew) {
  const tests::TempDir dir;
  const auto whole = tests::run_shift(dir / "whole", quick_settings());
  std::filesystem::create_directories(dir / "run");
  const auto fresh = tests::run_shift(dir / "run", quick_settings(), {}, true);
  EXPECT_EQ(fresh.metrics, whole.metrics);
}

TEST(Loop, DamagedNewestCheckpointFallsBackToTheOneBefore) {
  const tests::TempDir dir;
  const auto whole = tests::run_shift(dir / "whole", quick_settings());
  tests::ShiftOptions options;
  options.before_step = [](std::int64_t step) {
    if (step == 17) (void)std::raise(SIGTERM);
  };
  EXPECT_THROW((void)tests::run_shift(dir / "run", quick_settings(), options), Error);
  const auto newest = dir / "run/checkpoints/step-24/state.safetensors";
  ASSERT_TRUE(std::filesystem::exists(newest));
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 1);
  const auto resumed = tests::run_shift(dir / "run", quick_settings(), {}, true);
  EXPECT_EQ(resumed.metrics, whole.metrics);
  EXPECT_TRUE(tests::equal_states(resumed.model, whole.model));
}

TEST(Loop, KeepsTheBestStateOfAScoredStage) {
  const tests::TempDir dir;
  const auto outcome = tests::run_shift(dir / "run", quick_settings());
  ASSERT_EQ(outcome.state.chosen.size(), 1U);
  double best = 1e300;
  std::int64_t step = 0;
  for (const auto& line : lines_of(outcome.metrics)) {
    if (!line.contains("validation") || line["validation"]["distance"].get<double>() >= best) continue;
    best = line["validation"]["distance"];
    step = line["step"];
  }
  EXPECT_EQ(outcome.state.chosen.front().value, best);
  EXPECT_EQ(outcome.state.chosen.front().step, step);
  const auto& shift = outcome.model[1].second;
  EXPECT_NEAR((shift - 1.0).norm().item<double>(), best, 1e-6);
}

LoopState run_scored(tests::ShiftModel& model, const models::TrainingView& view, const TrainSettings& settings,
                     const std::filesystem::path& run, std::function<double(const models::Model&)> score) {
  SilentReporter reporter;
  const auto folder = RunFolder::open(run, RunFolder::Mode::kNew, {{"seed", 3}});
  Validation validation;
  validation.name = "score";
  validation.higher_better = false;
  validation.score = std::move(score);
  TrainingLoop loop(model, view, validation, settings, 3, folder, reporter);
  return loop.run();
}

TEST(Loop, TrainingThatOnlyMakesItWorseLeavesTheStartingState) {
  const tests::TempDir dir;
  const auto view = tests::make_view(3, 7, 9, 4);
  tests::ShiftModel model(view.task(), 3);
  const auto state = run_scored(model, view, quick_settings(), dir / "run",
                                [](const models::Model& m) { return m.state()[1].second.norm().item<double>(); });
  EXPECT_EQ(state.chosen.at(0).step, 6);  // as stage "shift" began
  EXPECT_EQ(model.shift().norm().item<double>(), 0.0);
}

// However well a state before scores; nor does patience run out before.
TEST(Loop, NoStateIsChosenBeforeTheStageHasSettled) {
  const tests::TempDir dir;
  const auto view = tests::make_view(3, 7, 9, 4);
  auto settings = quick_settings();
  settings.validation.patience = 1;
  const std::vector<std::array<std::int64_t, 3>> cases{{0, 0, 4}, {9, 12, 16}, {12, 12, 16}, {90, 20, 20}};
  for (const auto& [settled, chosen, stopped] : cases) {
    tests::ShiftOptions options;
    options.settled = settled;
    tests::ShiftModel model(view.task(), 3, options);
    double worse = 0.0;
    const auto state = run_scored(model, view, settings, dir / std::to_string(settled),
                                  [&](const models::Model&) { return worse += 1.0; });
    ASSERT_EQ(state.chosen.size(), 1U);
    EXPECT_EQ(state.chosen.front().step, 6 + chosen) << settled;
    EXPECT_EQ(state.total, 6 + stopped) << settled;
  }
}

TEST(Loop, WithoutValidationTheLastStateIsTheResult) {
  const tests::TempDir dir;
  const auto outcome = tests::run_shift(dir / "run", quick_settings(), {}, false, false);
  EXPECT_TRUE(outcome.state.chosen.empty());
  EXPECT_EQ(outcome.metrics.find("validation"), std::string::npos);
}

TEST(Loop, PatienceEndsAStageEarly) {
  const tests::TempDir dir;
  auto settings = quick_settings();
  settings.validation.every = 1;
  settings.validation.patience = 2;
  tests::ShiftOptions options;
  options.shift_steps = 400;
  const auto outcome = tests::run_shift(dir / "run", settings, options);
  EXPECT_LT(outcome.state.total, 400);
  ASSERT_EQ(outcome.state.chosen.size(), 1U);
  EXPECT_EQ(outcome.state.total, outcome.state.chosen.front().step + 2);
}

TEST(Loop, NanLossNamesPartAndStepAndKeepsTheLastCheckpoint) {
  const tests::TempDir dir;
  tests::ShiftOptions options;
  options.nan_at = 12;
  try {
    (void)tests::run_shift(dir / "run", quick_settings(), options);
    FAIL() << "a NaN loss did not stop training";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    const std::string text = error.what();
    EXPECT_NE(text.find("'shift'"), std::string::npos) << text;
    EXPECT_NE(text.find("step 13"), std::string::npos) << text;
  }
  EXPECT_EQ(tests::names_in(dir / "run/checkpoints"), (std::vector<std::string>{"step-11", "step-16"}));
}

TEST(Loop, NanInTheStateIsNeverCheckpointed) {
  const tests::TempDir dir;
  tests::ShiftOptions options;
  options.nan_at = 14;  // the checkpoint after this step would hold it
  options.nan_state = true;
  try {
    (void)tests::run_shift(dir / "run", quick_settings(), options, false, false);
    FAIL() << "a NaN weight did not stop training";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_NE(std::string(error.what()).find("shift"), std::string::npos) << error.what();
  }
  EXPECT_EQ(tests::names_in(dir / "run/checkpoints"), (std::vector<std::string>{"step-11", "step-16"}));
}

TEST(Loop, NanValidationScoreStops) {
  const tests::TempDir dir;
  tests::ShiftOptions options;
  options.nan_at = 3;
  options.nan_state = true;
  try {
    (void)tests::run_shift(dir / "run", quick_settings(), options);
    FAIL() << "a NaN score did not stop training";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical) << error.what();
  }
}

// A full disk, made by limiting the size of files of this process.
class FileSizeLimit {
 public:
  FileSizeLimit() { ::getrlimit(RLIMIT_FSIZE, &before_); }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_DFL);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  void set(rlim_t bytes) const {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

 private:
  rlimit before_{};
};

TEST(Loop, FullDiskDuringACheckpointKeepsTheOnesBefore) {
  const tests::TempDir dir;
  auto settings = quick_settings();
  settings.log_every = 1000;  // the logs stay below the limit: it is the checkpoint that fails
  settings.validation.every = 0;
  const auto whole = tests::run_shift(dir / "whole", settings);
  {
    const FileSizeLimit limit;
    tests::ShiftOptions options;
    options.before_step = [&limit](std::int64_t step) {
      if (step == 12) limit.set(400);
    };
    try {
      (void)tests::run_shift(dir / "run", settings, options);
      FAIL() << "a full disk went unnoticed";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData);
      EXPECT_NE(std::string(error.what()).find("checkpoint after step 21"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(tests::names_in(dir / "run/checkpoints"), (std::vector<std::string>{"step-11", "step-16"}));
  const auto resumed = tests::run_shift(dir / "run", settings, {}, true);
  EXPECT_EQ(resumed.metrics, whole.metrics);
  EXPECT_TRUE(tests::equal_states(resumed.model, whole.model));
}

TEST(Loop, FailsClearlyWhenTheLogWasShortened) {
  const tests::TempDir dir;
  tests::ShiftOptions options;
  options.before_step = [](std::int64_t step) {
    if (step == 9) (void)std::raise(SIGTERM);
  };
  EXPECT_THROW((void)tests::run_shift(dir / "run", quick_settings(), options), Error);
  std::filesystem::resize_file(dir / "run/metrics.jsonl", 10);
  try {
    (void)tests::run_shift(dir / "run", quick_settings(), {}, true);
    FAIL() << "a shortened log was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("metrics.jsonl"), std::string::npos) << error.what();
  }
}

}  // namespace brenier::train
