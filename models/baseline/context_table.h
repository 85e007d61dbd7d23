// Training contexts as tensors: which actions at which dose, and which covariate values.
//
//   doses       float32 [K, A]  dose of each known action in each training context, 0 when absent
//   covariates  float32 [K, V]  one-hot blocks per covariate column, V = sum of known values
//
// The encoding is the one of Script::encode_context, so a baseline and its export compare the same numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/context.h"
#include "models/training_view.h"

namespace brenier::models {

struct ContextTable {
  at::Tensor doses;
  at::Tensor covariates;
};

// A context in the same encoding. Unlike encode_actions(), actions that training never saw are counted, not refused.
struct ContextCode {
  at::Tensor actions;     // float32 [A]
  at::Tensor covariates;  // float32 [V]
  std::int64_t unknown_actions = 0;
};

[[nodiscard]] ContextTable context_table(const Task& task);
[[nodiscard]] ContextCode context_code(const Task& task, const Context& context);

// How far two doses are apart, whatever their unit: |a - b| / (|a| + |b|), 0 when equal, increasing in |log(a / b)|, 1
// against 0.
[[nodiscard]] at::Tensor dose_gap(const at::Tensor& a, const at::Tensor& b);

}  // namespace brenier::models
