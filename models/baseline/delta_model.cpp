#include "models/baseline/delta_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::models {
namespace delta_model_detail {

std::string describe(at::IntArrayRef shape, at::ScalarType dtype) {
  std::ostringstream out;
  out << c10::toString(dtype) << ' ' << shape;
  return out.str();
}

}  // namespace delta_model_detail

DeltaModel::DeltaModel(Task task) : task_(std::move(task)), table_(context_table(task_)) {}

std::vector<Stage> DeltaModel::stages() const {
  Stage stage;
  stage.name = "fit";
  stage.scored = false;
  return {stage};
}

void DeltaModel::begin_stage(std::size_t stage, const TrainingView& view) {
  if (stage != 0) {
    throw Error(ErrorKind::kDefect, "a baseline has one stage").found("stage " + std::to_string(stage)).expected("0");
  }
  if (view.task().contexts != task_.contexts || view.task().genes != task_.genes) {
    throw Error(ErrorKind::kDefect, "a baseline is fitted on another task than it was made for")
        .at("model '" + kind() + "'")
        .found(std::to_string(view.task().contexts.size()) + " contexts, " + std::to_string(view.task().genes.size()) +
               " genes")
        .expected(std::to_string(task_.contexts.size()) + " contexts, " + std::to_string(task_.genes.size()) +
                  " genes");
  }
  fit(measure_effects(view));
}

Losses DeltaModel::step(const Batch& /*batch*/, const StepInfo& /*info*/) {
  throw Error(ErrorKind::kDefect, "a baseline is fitted in closed form and has no step").at("model '" + kind() + "'");
}

void DeltaModel::require_fitted() const {
  // fitted() hands out pointers for load_state; here they are only looked at.
  for (const Fitted& entry : const_cast<DeltaModel*>(this)->fitted()) {
    if (!entry.tensor->defined()) {
      throw Error(ErrorKind::kDefect, "the model is used before it was fitted")
          .at("model '" + kind() + "'")
          .expected("begin_stage(0, view) or load_state() first");
    }
  }
}

at::Tensor DeltaModel::predict(const at::Tensor& control, const Context& context) const {
  require_fitted();
  with_context("model '" + kind() + "', context '" + to_string(context) + "'", [&] {
    check_shape(control, "control", "[N, G]", {{"G", gene_count()}});
    if (control.size(0) < 1)
      throw Error(ErrorKind::kData, "there are no control cells to move").expected("at least one");
  });
  if (context.is_control()) return control.clone();
  const ContextCode code = context_code(task_, context);
  if (code.unknown_actions == 0 && !code.actions.any().item<bool>()) return control.clone();  // every dose is 0
  const at::Tensor mean = control.to(at::kDouble).mean(0);
  return control + delta(mean.to(at::kCPU), code).to(control.options());
}

State DeltaModel::state() const {
  require_fitted();
  State state;
  for (const Fitted& entry : const_cast<DeltaModel*>(this)->fitted()) state.emplace_back(entry.name, *entry.tensor);
  return state;
}

void DeltaModel::load_state(const State& state) {
  const std::vector<Fitted> wanted = fitted();
  const auto fail = [this](const std::string& message, const std::string& name) {
    return Error(ErrorKind::kData, message).at("state of model '" + kind() + "', tensor '" + name + "'");
  };
  for (const auto& [name, tensor] : state) {
    if (std::none_of(wanted.begin(), wanted.end(),
                     [&name = name](const Fitted& entry) { return entry.name == name; })) {
      throw fail("a tensor that the model does not have", name);
    }
  }
  for (const Fitted& entry : wanted) {
    const auto it =
        std::find_if(state.begin(), state.end(), [&entry](const auto& item) { return item.first == entry.name; });
    if (it == state.end()) throw fail("a tensor is missing", entry.name);
    if (it->second.sizes() != at::IntArrayRef(entry.shape) || it->second.scalar_type() != entry.dtype) {
      throw fail("a tensor has another shape or type", entry.name)
          .found(delta_model_detail::describe(it->second.sizes(), it->second.scalar_type()))
          .expected(delta_model_detail::describe(entry.shape, entry.dtype));
    }
  }
  for (const Fitted& entry : wanted) {
    const auto it =
        std::find_if(state.begin(), state.end(), [&entry](const auto& item) { return item.first == entry.name; });
    *entry.tensor = it->second.clone();
  }
}

}  // namespace brenier::models
