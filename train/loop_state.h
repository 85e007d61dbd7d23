// Where training stands between two steps, apart from the model's own state: what a checkpoint adds to it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace brenier::train {

// The best validation of a stage.
struct BestScore {
  std::string stage;
  std::string score;  // "r2_mean"
  double value = 0.0;
  std::int64_t step = 0;  // of the whole run, 1-based: how many steps had been done
  bool operator==(const BestScore&) const = default;
};

struct LoopState {
  std::size_t stage = 0;              // the stage that has begun (its begin_stage is done)
  std::int64_t step = 0;              // steps done in it
  std::int64_t total = 0;             // steps done in all stages
  bool stage_done = false;            // the next thing is the next stage, or the end
  bool finished = false;              // end_training is done: only export and evaluation are left
  std::vector<std::int64_t> batches;  // BatchSource::state of the stage
  std::optional<BestScore> best;      // of this stage
  std::int64_t stale = 0;             // validations since then
  std::vector<BestScore> chosen;      // of the stages before
  std::int64_t metrics_bytes = 0;     // length of metrics.jsonl
  bool operator==(const LoopState&) const = default;
};

[[nodiscard]] nlohmann::ordered_json to_json(const LoopState& state);
// Throws kData naming the missing or mistyped key.
[[nodiscard]] LoopState loop_state_from_json(const nlohmann::ordered_json& json);

[[nodiscard]] nlohmann::ordered_json to_json(const BestScore& best);

}  // namespace brenier::train
