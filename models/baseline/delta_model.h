// The common part of the baselines: a model that adds one vector to every control cell.
//
//   predict(control, context) = control + delta(mean(control), context)          control [N, G], delta [G]
//
// It has one stage, "fit", of 0 steps: begin_stage() measures the effect of each training context (context_effects.h)
// and hands them to fit(). A leaf says how delta is chosen and which tensors it was fitted to.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/baseline/context_effects.h"
#include "models/baseline/context_table.h"
#include "models/model.h"

namespace brenier::models {

class DeltaModel : public Model {
 public:
  [[nodiscard]] const Task& task() const final { return task_; }
  [[nodiscard]] std::vector<Stage> stages() const final;
  void begin_stage(std::size_t stage, const TrainingView& view) final;
  Losses step(const Batch& batch, const StepInfo& info) final;  // kDefect: there is nothing to step

  // Throws kData when control is not [N >= 1, G]; kDefect before the fit. Actions that training never saw are no error:
  // each baseline says what it assumes of them.
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const final;

  [[nodiscard]] State state() const final;
  void load_state(const State& state) final;

 protected:
  // A tensor found by the fit, kept in the state.
  struct Fitted {
    std::string name;
    at::Tensor* tensor;
    std::vector<std::int64_t> shape;
    at::ScalarType dtype;
  };

  explicit DeltaModel(Task task);

  virtual void fit(const ContextEffects& effects) = 0;
  // The fitted tensors, in a fixed order. Empty: nothing is fitted.
  [[nodiscard]] virtual std::vector<Fitted> fitted() = 0;
  // control_mean float64 [G]; at least one action is present in the code. Returns [G].
  [[nodiscard]] virtual at::Tensor delta(const at::Tensor& control_mean, const ContextCode& code) const = 0;

  [[nodiscard]] const ContextTable& table() const { return table_; }
  [[nodiscard]] std::int64_t context_count() const { return static_cast<std::int64_t>(task_.contexts.size()); }
  [[nodiscard]] std::int64_t gene_count() const { return static_cast<std::int64_t>(task_.genes.size()); }
  // Throws kDefect before fit() or load_state().
  void require_fitted() const;

 private:
  Task task_;
  ContextTable table_;
};

}  // namespace brenier::models
