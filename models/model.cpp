#include "models/model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::models {

at::Tensor Model::embed(const at::Tensor& cells) const { return cells; }

Vocabulary Model::vocabulary() const { return {task().actions, task().covariates, false, {}}; }

at::Tensor encode_actions(const Vocabulary& vocabulary, const Context& context) {
  const auto& names = vocabulary.actions;
  auto doses = at::zeros({static_cast<std::int64_t>(names.size()) + (vocabulary.unknown_actions ? 1 : 0)});
  std::vector<std::string> known;
  std::vector<std::string> unknown;
  for (const auto& action : context.actions) {
    const auto found = std::find(names.begin(), names.end(), action.name);
    if (found == names.end()) {
      unknown.push_back(action.name);
      continue;
    }
    known.push_back(action.name);
    doses[found - names.begin()] = action.dose;
  }
  if (vocabulary.unknown_actions) {
    doses[-1] = static_cast<double>(unknown.size());
    return doses;
  }
  if (!unknown.empty()) {
    Error error(ErrorKind::kData, "the model was never trained on perturbation " + quoted_list(unknown));
    error.at("context " + to_string(context)).expected("one of " + quoted_list(names));
    if (!known.empty()) error.found("known parts: " + quoted_list(known));
    const auto nearest = nearest_name(unknown.front(), names);
    if (!nearest.empty()) error.hint("did you mean '" + nearest + "'?");
    throw error;
  }
  return doses;
}

at::Tensor encode_covariates(const Vocabulary& vocabulary, const Context& context) {
  std::vector<float> code;
  for (const auto& [column, values] : vocabulary.covariates) {
    if (const auto numeric = vocabulary.numeric.find(column); numeric != vocabulary.numeric.end()) {
      code.push_back(static_cast<float>(encode_numeric(column, numeric->second, context)));
      continue;
    }
    const auto given = context.covariates.find(column);
    for (const auto& value : values)
      code.push_back(given != context.covariates.end() && given->second == value ? 1.0F : 0.0F);
  }
  return at::tensor(code, at::kFloat);
}

at::Tensor encode_actions(const Task& task, const Context& context) {
  return encode_actions(Vocabulary{task.actions, {}, false, {}}, context);
}

at::Tensor encode_covariates(const Task& task, const Context& context) {
  return encode_covariates(Vocabulary{{}, task.covariates, false, {}}, context);
}

}  // namespace brenier::models
