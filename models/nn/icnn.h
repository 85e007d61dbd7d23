// Input-convex potentials with an explicit gradient map: no autograd, no double backward.
//
// A potential on R^D is a quadratic plus an input-convex network (amos2017icnn; the network of CellOT,
// bunne2023cellot):
//
//   g(x)   = 1/2 x'P x + q'x + h(x)
//   z_0    = psi(a_0),          a_0 = A_0 x + b_0,                    psi = phi^2 or phi (activation.h)
//   z_l    = phi(a_l),          a_l = W_l z_{l-1} + A_l x + b_l,      l = 1 .. L-1
//   h(x)   = w_L'z_{L-1} + b_L                                        (the output's linear term is part of q)
//
// convex when P is positive semi-definite, every W_l >= 0 and phi is convex and non-decreasing where it is used. Its
// gradient is a Monge map (Brenier's theorem):
//
//   T(x) = grad g(x) = P x + q + sum_l A_l' d_l,   d_{L-1} = w_L phi'(a_{L-1}),  d_l = (W_{l+1}' d_{l+1}) phi'(a_l)
//
// Shapes: x, T [B, D]; P [D, D] symmetric; q [D]; A_l [H_l, D]; W_l [H_l, H_{l-1}]; w_L [H_{L-1}]; b_l [H_l]. float32
// or float64 on the CPU. Gradients with respect to the weights are in potential_sweep.h. Errors: kDefect on points of
// another width, dtype or device.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include "models/nn/activation.h"
#include "models/nn/potential_layout.h"

namespace brenier::models {

// What a sweep reads: pointers into a completed Potential.
template <class T>
struct PotentialView {
  const PotentialLayout* layout;
  Activation activation;
  const T* weights;  // as in potential_layout.h
  const T* outward;  // [hidden_columns, D padded]: A_0; A_1; ..
  const T* forward;  // W_l' one after another, [H_{l-1}, H_l padded]

  // W_l' for l >= 1.
  [[nodiscard]] const T* kernel_forward(std::size_t l) const;
};

class Potential final {
 public:
  // All weights 0.
  Potential(PotentialLayout layout, Activation activation, at::ScalarType dtype);

  [[nodiscard]] const PotentialLayout& layout() const { return layout_; }
  [[nodiscard]] Activation activation() const { return activation_; }
  [[nodiscard]] at::ScalarType dtype() const { return weights_.scalar_type(); }
  // Flat, layout().size long. After changing them call complete().
  [[nodiscard]] const at::Tensor& weights() const { return weights_; }
  [[nodiscard]] PotentialParts parts() const { return parts_of(layout_, weights_); }
  // Makes the transposed copies that the sweeps read beside the weights.
  void complete();

  [[nodiscard]] at::Tensor value(const at::Tensor& x) const;  // g(x): [B]
  [[nodiscard]] at::Tensor map(const at::Tensor& x) const;    // T(x): [B, D]

  template <class T>
  [[nodiscard]] PotentialView<T> view() const;

 private:
  PotentialLayout layout_;
  Activation activation_;
  at::Tensor weights_;
  at::Tensor copies_;
};

// x as contiguous [B, D] of that dtype on the CPU. Throws kDefect.
[[nodiscard]] at::Tensor checked_points(const at::Tensor& x, std::int64_t width, at::ScalarType dtype);

}  // namespace brenier::models
