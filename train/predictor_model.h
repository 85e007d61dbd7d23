// An exported model seen as a Model, so that what is shipped can be evaluated exactly as what was trained. It predicts
// only: everything else throws kDefect.
#pragma once

#include <string>
#include <vector>

#include "models/model.h"
#include "runtime/predictor.h"

namespace brenier::train {

class PredictorModel final : public models::Model {
 public:
  explicit PredictorModel(runtime::Predictor predictor);

  [[nodiscard]] std::string kind() const override { return predictor_.info().kind; }
  [[nodiscard]] models::Vocabulary vocabulary() const override {
    const auto& info = predictor_.info();
    return {info.actions, info.covariates, info.unknown_actions, info.numeric};
  }
  [[nodiscard]] const models::Task& task() const override { return task_; }
  [[nodiscard]] std::vector<models::Stage> stages() const override { return {}; }
  void begin_stage(std::size_t stage, const models::TrainingView& view) override;
  models::Losses step(const models::Batch& batch, const models::StepInfo& info) override;
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const override;
  [[nodiscard]] models::State state() const override;
  void load_state(const models::State& state) override;
  [[nodiscard]] models::Script export_script() const override;

 private:
  runtime::Predictor predictor_;
  models::Task task_;
};

}  // namespace brenier::train
