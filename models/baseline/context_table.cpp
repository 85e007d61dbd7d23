#include "models/baseline/context_table.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "models/model.h"

namespace brenier::models {

ContextTable context_table(const Task& task) {
  std::vector<at::Tensor> doses;
  std::vector<at::Tensor> covariates;
  doses.reserve(task.contexts.size());
  covariates.reserve(task.contexts.size());
  for (const Context& context : task.contexts) {
    doses.push_back(encode_actions(task, context).to(at::kFloat));
    covariates.push_back(encode_covariates(task, context).to(at::kFloat));
  }
  if (doses.empty()) {
    const auto width = static_cast<std::int64_t>(task.actions.size());
    std::int64_t values = 0;
    for (const auto& [column, known] : task.covariates) values += static_cast<std::int64_t>(known.size());
    return {at::zeros({0, width}, at::kFloat), at::zeros({0, values}, at::kFloat)};
  }
  return {at::stack(doses), at::stack(covariates)};
}

ContextCode context_code(const Task& task, const Context& context) {
  Context known = context;
  std::erase_if(known.actions, [&task](const Action& action) {
    return std::find(task.actions.begin(), task.actions.end(), action.name) == task.actions.end();
  });
  const auto unknown = static_cast<std::int64_t>(context.actions.size() - known.actions.size());
  return {encode_actions(task, known).to(at::kFloat), encode_covariates(task, known).to(at::kFloat), unknown};
}

at::Tensor dose_gap(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs() / (a.abs() + b.abs())).nan_to_num(0.0);
}

}  // namespace brenier::models
