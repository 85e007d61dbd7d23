// A learned description of a set of actions (zaheer2017deepsets; the combinator of bunne2022condot):
//
//   u = sigmoid(decoder(max over a of encoder(item_a))),   encoder m - 8 - 8, decoder 8 - 8 - m, ReLU between layers
//
// Depends on the set alone, not on the order of its actions. Each potential has its own: f and g follow opposite
// objectives, and one that both update is pulled two ways. Shapes: items [n, m] -> u [m]; no items: the pool is 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/nn/mlp.h"
#include "models/nn/parameters.h"

namespace brenier::models {

class DeepSet final {
 public:
  DeepSet(std::int64_t width, RandomStream& stream);
  // Tracked by autograd unless gradients are off.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& items) const;

  [[nodiscard]] const std::vector<at::Tensor>& trainable() const { return parameters_.tensors(); }
  [[nodiscard]] State state() const;
  // TorchScript deep_set(self, items).
  [[nodiscard]] Script script() const;

 private:
  Parameters parameters_;
  Mlp encoder_;
  Mlp decoder_;
};

}  // namespace brenier::models
