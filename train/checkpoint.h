// Checkpoints: folders step-N/ with the model's state, the best state so far, and the loop's own state.
//
//   step-N/state.safetensors   tensors "model/<name>" and, when there is a best state, "best/<name>"
//   step-N/loop.json           LoopState, and length and FNV-1a hash of state.safetensors
//
// A folder is written beside its place, synced and renamed (core/io/atomic_file.h): it is whole or absent. A full disk
// or a signal in the middle leaves the ones before it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/log.h"
#include "models/model.h"
#include "train/loop_state.h"

namespace brenier::train {

struct Checkpoint {
  LoopState loop;
  models::State model;
  models::State best;  // empty: no validation in this stage yet
};

// Writes `folder`/step-<loop.total>, then deletes all but the newest `keep`. Throws kNumerical naming the first tensor
// of `model` that is not finite (nothing is written), kData when it cannot be written.
void save_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint, std::int64_t keep);

// One step-N folder. Throws kData naming what is missing or damaged.
[[nodiscard]] Checkpoint load_checkpoint(const std::filesystem::path& step_folder);

// The newest checkpoint of `folder` that loads; a damaged one is passed over with a warning. Nothing when there is
// none. Remains of a write that was cut off are deleted.
[[nodiscard]] std::optional<Checkpoint> latest_good(const std::filesystem::path& folder, Reporter& reporter);

// Deep copy: later steps do not change it.
[[nodiscard]] models::State clone(const models::State& state);

}  // namespace brenier::train
