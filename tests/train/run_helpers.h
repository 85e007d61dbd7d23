// What loop tests share: files as text, a run of the small test model in a folder, and what it left there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/train/shift_model.h"
#include "train/loop.h"

namespace brenier::tests {

// A validation whose score is the distance of the learned shift from 1 (lower is better), computed by predict().
[[nodiscard]] train::Validation shift_validation(const models::TrainingView& view);

struct RunOutcome {
  train::LoopState state;
  std::string metrics;  // metrics.jsonl
  models::State model;  // state of the model at the end
  std::vector<std::string> calls;
};

// Trains the test model with seed 3 on make_view(3, 7, 9, 4) in the folder; `resume` as with --resume.
[[nodiscard]] RunOutcome run_shift(const std::filesystem::path& folder, const train::TrainSettings& settings,
                                   const ShiftOptions& options = {}, bool resume = false, bool validate = true);

[[nodiscard]] bool equal_states(const models::State& a, const models::State& b);
[[nodiscard]] std::vector<std::string> names_in(const std::filesystem::path& folder);

}  // namespace brenier::tests
