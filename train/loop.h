// The training loop: runs the stages of any model, and knows none.
//
// For each stage: begin_stage once; then steps with batches (batch_source.h) at the schedule's rate; every
// `log_every` steps a line of losses; before the first and every `validation.every` steps a validation score, keeping
// the best state; every `checkpoint.every` steps a checkpoint. A stage ends at its last step or when patience runs out;
// a scored stage then takes its best state back, of those after Stage::settled steps. After the last one: end_training
// and a last checkpoint, from which export and evaluation start.
//
// Two runs of the same config and seed give the same bytes of metrics.jsonl and the same state, also when one was
// killed at any moment and resumed (same machine, same thread count).
//
// Fails with
//   kNumerical    a loss part, a validation score or a tensor of the state is not finite: names it and the step. The
//   last good
//                 checkpoint stays.
//   kInterrupted  SIGINT or SIGTERM: the step is finished and a checkpoint written first.
//   kData         a checkpoint or log cannot be written (disk full): the checkpoint before it stays.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/interrupt.h"
#include "core/log.h"
#include "models/model.h"
#include "train/loop_state.h"
#include "train/run_folder.h"
#include "train/train_settings.h"

namespace brenier::train {

// How good a state is, on validation cells.
struct Validation {
  std::string name;  // "r2_mean"
  bool higher_better = true;
  std::function<double(const models::Model&)> score;  // empty: nothing to validate on
};

class TrainingLoop final {
 public:
  // All references must outlive the loop.
  TrainingLoop(models::Model& model, const models::TrainingView& view, Validation validation, TrainSettings settings,
               std::uint64_t seed, const RunFolder& folder, Reporter& reporter);

  ~TrainingLoop();

  // Trains to the end; continues from the last good checkpoint when the folder was resumed and has one.
  LoopState run();

 private:
  struct Stage;
  struct Logs;

  [[nodiscard]] bool restore();
  void run_stage(std::size_t index, bool begun);
  void run_steps(Stage& stage);
  [[nodiscard]] bool patient() const;
  void log_losses(const std::string& stage, const models::Losses& losses, double rate);
  void validate(const models::Stage& stage);
  void finish_stage(std::size_t index);
  void save();
  [[noreturn]] void stop_interrupted();

  models::Model& model_;
  const models::TrainingView& view_;
  Validation validation_;
  TrainSettings settings_;
  std::uint64_t seed_;
  const RunFolder& folder_;
  Reporter& reporter_;
  InterruptGuard interrupt_;
  std::unique_ptr<Logs> logs_;
  LoopState state_;
  models::State best_;  // of the present stage; empty before its first validation
};

}  // namespace brenier::train
