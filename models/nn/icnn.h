// Input-convex potentials with an explicit gradient map and hand-written gradients: no double backward anywhere.
//
// A potential on R^D is a quadratic plus an input-convex network (amos2017icnn; the network of CellOT,
// bunne2023cellot):
//
//   g(x)   = 1/2 x'P x - r'x + h(x)
//   z_0    = psi(a_0),          a_0 = A_0 x + b_0,                    psi = phi^2 or phi (activation.h)
//   z_l    = phi(a_l),          a_l = W_l z_{l-1} + A_l x + b_l,      l = 1 .. L-1
//   h(x)   = W_L z_{L-1} + A_L x + b_L
//
// convex when P is positive semi-definite, every W_l >= 0 and phi is convex and non-decreasing where it is used. Its
// gradient is a Monge map (Brenier's theorem):
//
//   T(x) = grad g(x) = P x - r + sum_l A_l' d_l,   d_L = 1,  d_l = (W_{l+1}' d_{l+1}) phi'(a_l)
//
// Training needs d/dtheta of sum_i <v_i, T(x_i)> for fixed v. With the tangents along v,
//   adot_l = W_l zdot_{l-1} + A_l v,  zdot_l = phi'(a_l) adot_l,
// that sum is sum_i hdot(x_i), so one ordinary reverse sweep over (a, adot) gives the exact gradient:
//   alpha_l = (W_{l+1}' d_{l+1}) phi''(a_l) adot_l + (W_{l+1}' alpha_{l+1}) phi'(a_l)
//   dA_l = d_l v' + alpha_l x',  dW_l = d_l zdot_{l-1}' + alpha_l z_{l-1}',  db_l = sum alpha_l
// where alpha vanishes behind the first layer for a piecewise linear phi.
//
// Shapes: x, v, T [B, D]; P [D, D]; r [D]; A_l [H_l, D]; W_l [H_l, H_{l-1}]; b_l [H_l]; H_L = 1. float32 or float64.
// All functions here work on plain tensors without autograd.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/nn/activation.h"

namespace brenier::models {

// The weights of one potential. Also the shape of a gradient with respect to them.
struct PotentialWeights {
  at::Tensor quadratic;       // P
  at::Tensor linear;          // r
  std::vector<at::Tensor> a;  // A_0 .. A_L
  std::vector<at::Tensor> w;  // W_1 .. W_L
  std::vector<at::Tensor> b;  // b_0 .. b_L

  // All tensors in the order P, r, A, W, b.
  [[nodiscard]] std::vector<at::Tensor> list() const;
  // The same values without autograd history.
  [[nodiscard]] PotentialWeights detached() const;
};

// g(x): [B].
[[nodiscard]] at::Tensor potential_value(const PotentialWeights& weights, Activation activation, const at::Tensor& x);
// T(x): [B, D].
[[nodiscard]] at::Tensor potential_gradient(const PotentialWeights& weights, Activation activation,
                                            const at::Tensor& x);
// d/dtheta sum_i c_i g(x_i); c [B].
[[nodiscard]] PotentialWeights value_weight_gradient(const PotentialWeights& weights, Activation activation,
                                                     const at::Tensor& x, const at::Tensor& c);

// The state of one forward and reverse sweep at x, kept so that the map and its weight gradient share the work.
class PotentialSweep final {
 public:
  PotentialSweep(const PotentialWeights& weights, Activation activation, const at::Tensor& x);
  [[nodiscard]] const at::Tensor& map() const { return map_; }  // T(x)
  [[nodiscard]] at::Tensor value() const;                       // g(x)
  // d/dtheta sum_i <v_i, T(x_i)>.
  [[nodiscard]] PotentialWeights map_weight_gradient(const at::Tensor& v) const;

 private:
  const PotentialWeights& weights_;
  Activation activation_;
  at::Tensor x_;
  std::vector<ActivationValues> layers_;  // psi or phi at a_l, l < L
  std::vector<at::Tensor> before_;        // W_{l+1}' d_{l+1}: what reaches z_l, l < L
  std::vector<at::Tensor> reverse_;       // d_l, l < L
  at::Tensor map_;
};

}  // namespace brenier::models
