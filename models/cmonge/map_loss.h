// What a conditional map is trained on: fit to the treated cells, and optimality of how it gets there.
//
//   loss = S_eps(T(x), y) + w gap(x, T(x))
//
// S is the Sinkhorn divergence and gap the Monge gap (ot/divergence/), both with one cost c and uniform weights
// (uscidda2023monge; conditional: harsanyi2024learning). The gap is 0 when T moves its cells as
// cheaply as any map between the same populations, up to entropy. Shapes: x, mapped [B, L], y [M, L]; epsilons
// absolute, in units of the cost. Differentiable once in `mapped`; y and x are data. Errors: what the two divergences
// refuse, NaN in the cells among it.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "ot/cost/cost.h"

namespace brenier::models {

struct MapLossSettings {
  std::shared_ptr<const ot::Cost> cost;
  double epsilon = 0.1;
  double gap_weight = 1.0;
  double gap_epsilon = 0.01;
  double threshold = 1e-3;  // marginal error of the solves
  // Of each; the gradient of one that stops early is off by about its marginal error.
  std::int64_t most_iterations = 500;
};

struct MapLoss {
  at::Tensor value;  // one number, with gradient
  double divergence = 0.0;
  double gap = 0.0;
  double unsolved = 0.0;  // share of the two solves that stopped early
};

[[nodiscard]] MapLoss map_loss(const at::Tensor& x, const at::Tensor& mapped, const at::Tensor& y,
                               const MapLossSettings& settings);

}  // namespace brenier::models
