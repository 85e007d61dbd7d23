// An ordered list of named tensors: the trainable weights of a network, or its constants.
//
// Handles share storage with the layers that use them, so loading copies values in place.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "models/model.h"

namespace brenier::models {

class Parameters final {
 public:
  // Registers and returns a trainable leaf (requires_grad).
  at::Tensor add(const std::string& name, const at::Tensor& value);
  [[nodiscard]] const std::vector<at::Tensor>& tensors() const { return tensors_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // Appends (prefix + name, detached tensor) for each.
  void append_to(State& state, const std::string& prefix) const;

 private:
  std::vector<std::string> names_;
  std::vector<at::Tensor> tensors_;
};

// Appends (prefix + name, tensor) for each of `part`.
void append_state(State& state, const State& part, const std::string& prefix);

// Copies each tensor of `state` into the tensor of the same name in `target`, in place. Throws kData naming the first
// tensor that is missing, not known, or of another shape or dtype.
void copy_state(const State& state, const State& target);

// A tensor that has no shape before training (fitted constants) is kept in a one-element list; this finds it by name,
// or throws kData when the state lacks it.
[[nodiscard]] at::Tensor find_tensor(const State& state, const std::string& name);

}  // namespace brenier::models
