// The interface of everything Brenier trains.
//
// A model owns its modules and its optimisers and knows no file, no batch order, no checkpoint. The loop (train/) owns
// steps, batches, schedules, checkpoints, model choice, and calls, in this order:
//
//   model = registry(kind)(settings, task, seed)
//   for each stage s of model.stages():
//     model.begin_stage(s, view)             once, never again on resume
//     for each step: losses = model.step(batch, info)
//   model.end_training(view)
//   model.predict(...), model.export_script(...)
//
// state()/load_state() between any two steps must carry everything that later steps depend on (weights, moments of the
// optimisers, fitted constants, stream counters): resumed training is bit-identical.
//
// To add a model: a folder models/<name>/ with settings, module and model, and one line in registry.cpp.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/context.h"
#include "core/numeric_covariate.h"
#include "models/training_view.h"

namespace brenier::models {

// What one step of a stage needs.
struct BatchNeeds {
  enum class Kind {
    kCells,    // `cells` cells of any training context, treated or control
    kContext,  // one training context drawn uniformly: `control` control and `treated` treated cells of it
  };
  Kind kind = Kind::kContext;
  std::int64_t cells = 0;
  std::int64_t control = 0;  // rows are drawn without replacement until a population is used up, then anew
  std::int64_t treated = 0;
};

struct Stage {
  std::string name;  // "autoencoder", "transport"
  std::int64_t steps = 0;
  BatchNeeds needs;
  bool embedded = false;  // batches hold embed(cells) instead of cells; the loop embeds all training cells once
  bool scored = true;     // model choice and early stopping look at validation predictions during this stage
  // Steps of a scored stage after which its state may be chosen. A state before, with masks that nothing has penalised
  // yet, is not the model that was asked for, however well it scores.
  std::int64_t settled = 0;
};

// Tensors of one step; undefined when not asked for. W is G, or the embedding's width in an embedded stage.
struct Batch {
  std::int64_t context = -1;  // index into Task::contexts (kContext)
  at::Tensor cells;           // [B, W] (kCells)
  at::Tensor labels;          // int64 [B] (kCells): index into Task::contexts of each cell, -1 for control cells
  at::Tensor control;         // [N, W] (kContext)
  at::Tensor treated;         // [M, W] (kContext)
};

struct StepInfo {
  std::size_t stage = 0;
  std::int64_t step = 0;       // 0-based within the stage
  double learning_rate = 1.0;  // factor of the schedule, in [0, 1]; each optimiser multiplies its own rate by it
};

// Named parts; the loop stops on the first that is not finite and says its name.
using Losses = std::vector<std::pair<std::string, double>>;

// Named tensors in a fixed order: weights, optimiser moments, constants, counters.
using State = std::vector<std::pair<std::string, at::Tensor>>;

// A model as plain TorchScript: `source` defines the methods of one module whose attributes are `tensors`.
//
//   def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor
//     control [N, G]: the control cells to be moved; actions and covariates: encode_actions and encode_covariates below
//     with the model's vocabulary(). Returns the context vector.
//   def forward(self, cells: Tensor, context: Tensor) -> Tensor
//     [B, G] -> [B, G]
//
// Only tensor operations: no Python, no autograd.
struct Script {
  std::string source;
  State tensors;
};

// The names that a model can tell something about, and thereby the layout of encoded contexts.
struct Vocabulary {
  std::vector<std::string> actions;                            // A
  std::map<std::string, std::vector<std::string>> covariates;  // per column
  bool unknown_actions = false;                     // names that are not in `actions` are counted instead of refused
  std::map<std::string, NumericCovariate> numeric;  // columns of `covariates` that are numbers
};

class Model {
 public:
  virtual ~Model() = default;

  [[nodiscard]] virtual std::string kind() const = 0;
  [[nodiscard]] virtual const Task& task() const = 0;
  // The names of the task, unless a model knows more.
  [[nodiscard]] virtual Vocabulary vocabulary() const;
  // Whether cells are to be unnormalised counts.
  [[nodiscard]] virtual bool takes_counts() const { return false; }
  // In training order; a model that is fitted in closed form has one stage of 0 steps.
  [[nodiscard]] virtual std::vector<Stage> stages() const = 0;

  virtual void begin_stage(std::size_t stage, const TrainingView& view) = 0;
  virtual Losses step(const Batch& batch, const StepInfo& info) = 0;
  virtual void end_training(const TrainingView& /*view*/) {}

  // [B, G] -> [B, L]: the space of embedded stages. Identity unless a model says otherwise.
  [[nodiscard]] virtual at::Tensor embed(const at::Tensor& cells) const;

  // Cells as they would be under `context`: control [N, G] -> [N, G]. `control` is the whole population to be moved
  // (its distribution may describe the context). Throws kData when the context names an action that is not known
  // (unless the model can tell anything about it), saying which parts are known.
  [[nodiscard]] virtual at::Tensor predict(const at::Tensor& control, const Context& context) const = 0;

  [[nodiscard]] virtual State state() const = 0;
  // Throws kData naming the tensor that is missing, extra or of another shape or dtype.
  virtual void load_state(const State& state) = 0;

  [[nodiscard]] virtual Script export_script() const = 0;
};

// The inputs of Script::encode_context for a context.
// Actions: the dose of each known action, 0 when absent, then, with vocabulary.unknown_actions, the number of actions
// that are not known; without it they are kData, naming the known parts and the nearest name. [A] or [A + 1]
[[nodiscard]] at::Tensor encode_actions(const Vocabulary& vocabulary, const Context& context);
// Covariates: one-hot per column, columns and values in the order of the vocabulary; an unknown value gives a zero
// block. A numeric column is one number instead (core/numeric_covariate.h). [sum of known values]
[[nodiscard]] at::Tensor encode_covariates(const Vocabulary& vocabulary, const Context& context);
// The same with the names of the task.
[[nodiscard]] at::Tensor encode_actions(const Task& task, const Context& context);
[[nodiscard]] at::Tensor encode_covariates(const Task& task, const Context& context);

}  // namespace brenier::models
