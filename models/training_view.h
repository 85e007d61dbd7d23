// What a model sees of its training data: tensors and contexts, never files.
//
// A view covers the training part only: no held-out cell is reachable through it. The loop (train/) implements it
// over a cell table; tests implement it over tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/context.h"

namespace brenier::models {

// One training context: treated cells and the control cells they are compared with (row numbers of the view).
struct TrainingContext {
  Context context;
  std::vector<std::int64_t> treated;  // M rows
  std::vector<std::int64_t> control;  // N rows
};

// Everything that names a task: inputs of a model's constructor, stored with the model.
struct Task {
  std::vector<std::string> genes;                              // G, in the order of the columns of every cell tensor
  std::vector<Context> contexts;                               // K training contexts (none is a control)
  std::vector<std::string> actions;                            // A known perturbations, sorted
  std::map<std::string, std::vector<std::string>> covariates;  // known values per covariate column, sorted
};

class TrainingView {
 public:
  virtual ~TrainingView() = default;
  [[nodiscard]] virtual const Task& task() const = 0;
  // In the order of task().contexts.
  [[nodiscard]] virtual const std::vector<TrainingContext>& contexts() const = 0;
  // Cells of control populations that belong to no training context as well: [row numbers], with their covariates.
  [[nodiscard]] virtual const std::vector<TrainingContext>& control_only() const = 0;
  [[nodiscard]] virtual std::int64_t size() const = 0;  // number of training cells
  // float32 [rows.size(), G].
  [[nodiscard]] virtual at::Tensor rows(const std::vector<std::int64_t>& rows) const = 0;
};

}  // namespace brenier::models
