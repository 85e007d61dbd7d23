// A potential that is convex in the cell x and depends freely on a context c: the partially input-convex network of
// CondOT (bunne2022condot; amos2017icnn section 3.2) with K context-weighted quadratics in front of it. kappa_k says
// how much of training context k's displacement T_k(x) - x this context takes: weights that sum to 1 average maps,
// weights that sum to 2 compose two displacements.
//
//   u_0 = c,  u_{l+1} = phi(V_l u_l + v_l)
//   A_l(c) = A_l diag(B_l u_l + 1),  W_l(c) = W_l diag(softplus(D_l u_l + log(e - 1))),  b_l(c) = C_l u_l + b_l
//   P(c)   = (1 - sum_k kappa_k) I + sum_k kappa_k M_k'M_k,   r(c) = sum_k kappa_k (M_k'M_k s_k - e_k)
//   g(x|c) = 1/2 x'P(c)x - r(c)'x + h(x; A(c), W(c), b(c))                                    (icnn.h)
//
// A batch holds one context, so the context path is one row and the potential of that context is an ordinary ICNN: `at`
// makes its weights, training differentiates those by hand (icnn.h) and `pull_back` carries the gradient through the
// small context path. Every gate is exactly 1 and every x scale exactly 1 at u = 0: the bias of a gate is
// softplus^-1(1) = log(e - 1), and kernels of the context path are centred.
//
// Initialisations of (M_k, s_k) and of h's output row (W_L, A_L):
//   standard  no quadratic, kernels U(0, 0.1) as published
//   identity  M_k = I, s_k = 0, output row 0: T(x) = x exactly at step 0
//   gaussian  M_k'M_k, s_k from the Gaussian map of training context k (set_quadratics), output row 0
//
// Shapes: c [C], kappa [K], x [B, D], hidden widths H_0 .. H_{L-1}, context width U. Errors: kDefect on wrong shapes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"
#include "core/random.h"
#include "models/nn/activation.h"
#include "models/nn/icnn.h"
#include "models/nn/parameters.h"

namespace brenier::models {

struct PicnnSettings {
  std::vector<std::int64_t> hidden = {64, 64, 64, 64};
  std::int64_t context_width = 32;
  std::string activation = "leaky_relu";
  std::string initialisation = "gaussian";
  bool train_quadratics = true;

  void describe(Fields& fields);
};

struct PicnnShape {
  std::int64_t cell = 0;        // D
  std::int64_t context = 0;     // C
  std::int64_t quadratics = 0;  // K
};

class Picnn final {
 public:
  Picnn(const PicnnSettings& settings, const PicnnShape& shape, RandomStream& stream,
        at::ScalarType dtype = at::kFloat);

  // Replaces the quadratics: q_k(x) = 1/2 |M_k (x - s_k)|^2. factors M [K, D, D], centres s [K, D].
  void set_quadratics(const at::Tensor& factors, const at::Tensor& centres);

  // Constant shifts e [K, D] of the map of each training context, not trained: T(x|k) += e_k.
  void set_offsets(const at::Tensor& offsets);

  // The potential of one context; tracked by autograd unless gradients are off.
  [[nodiscard]] PotentialWeights at(const at::Tensor& context, const at::Tensor& kappa) const;
  // Gradients of all trainable parameters, given `tracked` = at(...) and the gradient with respect to its weights.
  [[nodiscard]] std::vector<at::Tensor> pull_back(const PotentialWeights& tracked,
                                                  const PotentialWeights& gradient) const;

  // sum_l |max(-W_l, 0)|_F: how far the network is from convex (CellOT's penalty).
  [[nodiscard]] double convexity_violation() const;
  // Adds weight * d(violation)/dW to the matching entries of `gradients` (as returned by pull_back).
  void add_convexity_gradient(std::vector<at::Tensor>& gradients, double weight) const;
  // W_l <- max(W_l, 0).
  void project_convex();

  [[nodiscard]] Activation activation() const { return activation_; }
  [[nodiscard]] const std::vector<at::Tensor>& trainable() const { return trainable_; }
  // Every tensor of the network (trainable or constant) by name, sharing storage.
  [[nodiscard]] State state() const;
  // TorchScript `potential(self, c: Tensor, kappa: Tensor) -> Tensor`: the weights of at(c, kappa) in one vector, and
  // `transport(self, x: Tensor, weights: Tensor) -> Tensor`: the gradient map with such a vector.
  [[nodiscard]] Script script() const;

 private:
  PicnnSettings settings_;
  PicnnShape shape_;
  Activation activation_;
  Parameters parameters_;
  std::vector<at::Tensor> trainable_;
  std::vector<std::size_t> convex_;  // positions of the W_l in trainable_
  at::Tensor factors_;               // M [K, D, D]
  at::Tensor centres_;               // s [K, D]
  at::Tensor offsets_;               // e [K, D]
  std::vector<at::Tensor> a_, b_, w_, scale_, gate_, shift_, context_kernel_, context_bias_;
};

}  // namespace brenier::models
