#include "models/model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::models {

at::Tensor Model::embed(const at::Tensor& cells) const { return cells; }

at::Tensor encode_actions(const Task& task, const Context& context) {
  auto doses = at::zeros({static_cast<std::int64_t>(task.actions.size())});
  std::vector<std::string> known;
  std::vector<std::string> unknown;
  for (const auto& action : context.actions) {
    const auto found = std::find(task.actions.begin(), task.actions.end(), action.name);
    if (found == task.actions.end()) {
      unknown.push_back(action.name);
      continue;
    }
    known.push_back(action.name);
    doses[found - task.actions.begin()] = action.dose;
  }
  if (!unknown.empty()) {
    Error error(ErrorKind::kData, "the model was never trained on perturbation " + quoted_list(unknown));
    error.at("context " + to_string(context)).expected("one of " + quoted_list(task.actions));
    if (!known.empty()) error.found("known parts: " + quoted_list(known));
    const auto nearest = nearest_name(unknown.front(), task.actions);
    if (!nearest.empty()) error.hint("did you mean '" + nearest + "'?");
    throw error;
  }
  return doses;
}

at::Tensor encode_covariates(const Task& task, const Context& context) {
  std::vector<float> code;
  for (const auto& [column, values] : task.covariates) {
    const auto given = context.covariates.find(column);
    for (const auto& value : values)
      code.push_back(given != context.covariates.end() && given->second == value ? 1.0F : 0.0F);
  }
  return at::tensor(code, at::kFloat);
}

}  // namespace brenier::models
