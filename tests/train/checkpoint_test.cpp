#include "train/checkpoint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "tests/helpers/temp_dir.h"
#include "tests/train/run_helpers.h"

namespace brenier::train {

Checkpoint sample(std::int64_t total) {
  Checkpoint checkpoint;
  checkpoint.loop.stage = 1;
  checkpoint.loop.step = 4;
  checkpoint.loop.total = total;
  checkpoint.loop.batches = {9, 0, 3};
  checkpoint.loop.best = BestScore{"shift", "mmd", 0.1 + 0.2, 3};
  checkpoint.loop.chosen = {{"centre", "mmd", 1.0 / 3.0, 1}};
  checkpoint.loop.metrics_bytes = 77;
  checkpoint.model = {{"w", at::arange(6, at::kFloat).reshape({2, 3}) / 7},
                      {"none", at::empty({0, 3})},
                      {"scalar", at::tensor(2.5, at::kDouble).squeeze()},
                      {"count", at::tensor({std::int64_t{1} << 60}, at::kLong)},
                      {"mask", at::tensor({1, 0}, at::kLong).to(at::kBool)}};
  checkpoint.best = {{"w", at::ones({2, 3})}};
  return checkpoint;
}

class Recorder final : public Reporter {
 public:
  void log(LogLevel level, const std::string& text) override {
    if (level == LogLevel::kWarning) warnings.push_back(text);
  }
  void begin(const std::string&, std::int64_t, std::int64_t) override {}
  void advance(std::int64_t, const std::string&) override {}
  void end() override {}
  std::vector<std::string> warnings;
};

TEST(Checkpoint, ComesBackExactly) {
  const tests::TempDir dir;
  const auto saved = sample(12);
  save_checkpoint(dir.path(), saved, 2);
  const auto loaded = load_checkpoint(dir / "step-12");
  EXPECT_EQ(loaded.loop, saved.loop);
  EXPECT_TRUE(tests::equal_states(loaded.model, saved.model));
  EXPECT_TRUE(tests::equal_states(loaded.best, saved.best));
  for (std::size_t i = 0; i < saved.model.size(); ++i) {
    EXPECT_EQ(loaded.model[i].second.scalar_type(), saved.model[i].second.scalar_type());
    EXPECT_EQ(loaded.model[i].second.sizes(), saved.model[i].second.sizes());
  }
}

TEST(Checkpoint, KeepsTheNewestAndSortsByNumber) {
  const tests::TempDir dir;
  for (const std::int64_t step : {8, 9, 10, 11}) save_checkpoint(dir.path(), sample(step), 2);
  EXPECT_EQ(tests::names_in(dir.path()), (std::vector<std::string>{"step-10", "step-11"}));
  Recorder reporter;
  EXPECT_EQ(latest_good(dir.path(), reporter)->loop.total, 11);
}

TEST(Checkpoint, PassesOverDamageWithAWarning) {
  const tests::TempDir dir;
  for (const std::int64_t step : {1, 2, 3, 4}) save_checkpoint(dir.path(), sample(step), 9);
  std::fstream(dir / "step-4/state.safetensors", std::ios::in | std::ios::out | std::ios::binary)
      .seekp(-1, std::ios::end)
      .put('x');
  write_atomically(dir / "step-3/loop.json", "{");
  std::filesystem::remove(dir / "step-2/state.safetensors");
  Recorder reporter;
  const auto good = latest_good(dir.path(), reporter);
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->loop.total, 1);
  ASSERT_EQ(reporter.warnings.size(), 3U);
  EXPECT_NE(reporter.warnings[0].find("step-4"), std::string::npos) << reporter.warnings[0];
}

TEST(Checkpoint, NothingThereIsNothing) {
  const tests::TempDir dir;
  Recorder reporter;
  EXPECT_FALSE(latest_good(dir / "absent", reporter).has_value());
  EXPECT_FALSE(latest_good(dir.path(), reporter).has_value());
  EXPECT_TRUE(reporter.warnings.empty());
}

TEST(Checkpoint, IgnoresAndClearsAWriteThatWasCutOff) {
  const tests::TempDir dir;
  save_checkpoint(dir.path(), sample(1), 2);
  std::filesystem::create_directories(dir / "step-2.partial-999999999");
  Recorder reporter;
  EXPECT_EQ(latest_good(dir.path(), reporter)->loop.total, 1);
  EXPECT_EQ(tests::names_in(dir.path()), (std::vector<std::string>{"step-1"}));
}

TEST(Checkpoint, RefusesNotFiniteWeightsByName) {
  const tests::TempDir dir;
  auto bad = sample(1);
  bad.model[0].second[1][2] = std::numeric_limits<float>::infinity();
  try {
    save_checkpoint(dir.path(), bad, 2);
    FAIL() << "infinity was saved";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNumerical);
    EXPECT_NE(std::string(error.what()).find("'w'"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(tests::names_in(dir.path()).empty());
}

TEST(Checkpoint, CloneIsIndependent) {
  models::State state{{"w", at::zeros({2})}};
  const auto copy = clone(state);
  state[0].second.fill_(1.0);
  EXPECT_EQ(copy[0].second.sum().item<double>(), 0.0);
}

TEST(LoopState, JsonRoundTripIsExact) {
  const auto state = sample(5).loop;
  EXPECT_EQ(loop_state_from_json(nlohmann::ordered_json::parse(to_json(state).dump())), state);
  EXPECT_EQ(loop_state_from_json(to_json(LoopState{})), LoopState{});
  EXPECT_THROW((void)loop_state_from_json({{"stage", 1}}), Error);
}

}  // namespace brenier::train
