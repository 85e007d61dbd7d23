// A small model for tests of the loop: learns one vector that is added to every control cell, with momentum and a noise
// stream, so that every kind of state (weights, moments, constants, counters) matters for resuming.
//
//   stage "centre"  kCells, not scored: running mean of the cells
//   stage "shift"   kContext, scored, embedded (cells * 2): shift += rate (0.1 velocity + noise)
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/random.h"
#include "models/model.h"

namespace brenier::tests {

struct ShiftOptions {
  std::int64_t centre_steps = 6;
  std::int64_t shift_steps = 20;
  std::int64_t settled = 0;                            // of stage "shift"
  std::int64_t nan_at = -1;                            // step of stage "shift" whose loss is NaN
  bool nan_state = false;                              // the loss stays finite, the shift becomes NaN instead
  std::function<void(std::int64_t)> before_step = {};  // called with the step of stage "shift"
};

class ShiftModel final : public models::Model {
 public:
  ShiftModel(models::Task task, std::uint64_t seed, ShiftOptions options = {});

  [[nodiscard]] std::string kind() const override { return "shift"; }
  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] std::vector<models::Stage> stages() const override;
  void begin_stage(std::size_t stage, const models::TrainingView& view) override;
  models::Losses step(const models::Batch& batch, const models::StepInfo& info) override;
  void end_training(const models::TrainingView& view) override;
  [[nodiscard]] at::Tensor embed(const at::Tensor& cells) const override;
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const override;
  [[nodiscard]] models::State state() const override;
  void load_state(const models::State& state) override;
  [[nodiscard]] models::Script export_script() const override;

  [[nodiscard]] const at::Tensor& shift() const { return shift_; }
  std::vector<std::string> calls;  // "begin centre", "end"

 private:
  models::Task task_;
  ShiftOptions options_;
  RandomStream noise_;
  at::Tensor centre_;
  at::Tensor shift_;
  at::Tensor velocity_;
};

}  // namespace brenier::tests
