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

// Fixed numbers that describe names: a fingerprint a drug, an age a patient.
struct Descriptors {
  std::vector<std::string> names;    // R, distinct
  std::vector<std::string> columns;  // D
  std::vector<float> values;         // [R, D] row-major, finite
};

// Everything that names a task: inputs of a model's constructor, stored with the model.
struct Task {
  std::vector<std::string> genes;                              // G, in the order of the columns of every cell tensor
  std::vector<Context> contexts;                               // K training contexts (none is a control)
  std::vector<std::string> actions;                            // A known perturbations, sorted
  std::map<std::string, std::vector<std::string>> covariates;  // known values per covariate column, sorted
  // What is told of the names beforehand: key "perturbation" for actions, else a covariate column. A name with a row is
  // known to a model that reads the table, whether training has it or not.
  std::map<std::string, Descriptors> descriptors;
  std::vector<std::string> numeric;  // covariate columns whose values are numbers (core/numeric_covariate.h)
};

inline constexpr const char* kActionDescriptors = "perturbation";

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
