// One outer step of the min-max dual for a pair of conditional potentials: `inner` updates of g, then one of f.
//
//   g-step  min  E[f(T(x|c) | c) - <x, T(x|c)>]  (+ the penalty where positivity asks for it),   T = grad g
//   f-step  min  E[f(y|c)] - E[f(T(x|c) | c)]
// (makkuva2020icnn eq. 6; bunne2022condot section 3; gradients: monge_dual.h, picnn.h.)
//
// The memory of a step is kept for the next one. All of this works on plain numbers: there is no autograd graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "models/nn/adam.h"
#include "models/nn/monge_dual.h"
#include "models/nn/picnn.h"

namespace brenier::models {

// A potential and the optimiser of its trainable().
struct TrainedPotential {
  Picnn& network;
  Adam& adam;
};

struct DualBatch {
  at::Tensor context;  // [C] of g
  at::Tensor kappa;    // [K]
  at::Tensor source;   // [inner B, D]: B rows for each update of g, the last of them for f too
  at::Tensor target;   // [M, D]
  std::int64_t inner = 1;
  double factor = 1.0;             // of the learning rate
  at::Tensor f_context{};          // [C] of f; undefined: that of g
  bool context_gradients = false;  // whether DualLosses has them
};

struct DualLosses {
  double map = 0.0;        // of the last update of g
  double potential = 0.0;  // of the update of f
  double dual = 0.0;       // E|x|^2/2 + E|y|^2/2 - E[f(y)] + map: estimates W_2^2 / 2, here of the last batch
  // d map / d context and d potential / d f_context [C], at the parameters before those updates; where asked for.
  at::Tensor map_context{};
  at::Tensor potential_context{};
};

// mean_i |x_i|^2 / 2 of points [N, D]: what a dual of correlations lacks to be one of squared distances.
[[nodiscard]] double half_mean_square(const at::Tensor& points);

class DualTrainer final {
 public:
  // For potentials of the same settings, shape and dtype as `like`.
  explicit DualTrainer(const Picnn& like);
  DualLosses step(TrainedPotential f, TrainedPotential g, const DualBatch& batch);

 private:
  PicnnTape f_tape_;
  PicnnTape g_tape_;
  MongeDual dual_;
  at::Tensor weight_gradient_;  // of the potential of the context
  at::Tensor gradient_;         // of the trainable numbers
};

}  // namespace brenier::models
