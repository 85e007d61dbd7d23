// A map of cells that depends on a context, without a potential (harsanyi2024learning):
//
//   T(x | c) = x + MLP([x, e(c)]),   GELU between the layers
//   e(c) = [mean over actions a of gelu(A F_a + b), mean over a of gelu(D x_a + d), gelu(V v + w)]
//
// F_a, x_a: the description and the dose of an action (models/condot/set_features.h), v the covariates; a part that has
// no columns or no width is left out, and a set without actions has means 0. The last layer of the MLP starts at 0:
// T is the identity, exactly. The mean makes e depend on the set of actions alone and gives unseen sets a place.
// Shapes: x [B, L], items [n, m + doses], covariates [C], e [E]. Differentiable by autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "models/nn/mlp.h"
#include "models/nn/parameters.h"

namespace brenier::models {

struct ContextMapShape {
  std::int64_t width = 0;       // L
  std::int64_t actions = 0;     // m
  std::int64_t doses = 0;       // 0 or 1
  std::int64_t covariates = 0;  // C
  std::int64_t action_width = 50;
  std::int64_t covariate_width = 10;
  std::vector<std::int64_t> hidden = {64, 64, 64, 64};
};

class ContextMap final {
 public:
  ContextMap(const ContextMapShape& shape, RandomStream& stream);
  [[nodiscard]] at::Tensor code(const at::Tensor& items, const at::Tensor& covariates) const;  // e(c) [E]
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x, const at::Tensor& code) const;      // T(x | c)
  [[nodiscard]] const std::vector<at::Tensor>& trainable() const { return parameters_.tensors(); }
  [[nodiscard]] State state() const;
  // TorchScript map_code(self, items, covariates) and map_cells(self, x, code).
  [[nodiscard]] Script script() const;

 private:
  [[nodiscard]] std::int64_t code_width() const;

  ContextMapShape shape_;
  Parameters parameters_;
  std::optional<Mlp> actions_, doses_, covariates_;
  std::optional<Mlp> displacement_;
};

}  // namespace brenier::models
