// The two losses of the min-max dual between potentials f and g of one context, with gradients (makkuva2020icnn eq. 6;
// bunne2022condot section 3):
//
//   map_loss        mean_i f(T(x_i)) - <x_i, T(x_i)>,  T = grad g       gradient with respect to the weights of g
//   potential_loss  mean_j f(y_j) - mean_i f(T(x_i))                    gradient with respect to the weights of f
//   difference      mean_i f(x_i) - mean_j f(y_j)                       gradient with respect to the weights of f
//
// The first is the gradient of mean_i <v_i, T(x_i)> with v_i = grad f(T(x_i)) - x_i held fixed (the derivative of
// f(T) - <x, T> in T): no double backward (potential_sweep.h). The second needs no graph through T.
// The third, at y = the points where the conjugate is attained, is the gradient of the dual with one potential
// (conjugate.h).
//
// Points go through all sweeps in blocks that stay in the cache. A part of the batch (64 rows, more above 512) has its
// own sum of gradients; the parts run on all threads and are added in their order, so the number of threads changes
// nothing. Shapes: x [B, D], y [M, D], gradient flat as in potential_layout.h. Not for two callers at a time.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "models/nn/icnn.h"

namespace brenier::models {

struct PotentialLoss {
  double moved = 0.0;   // mean_i f(T(x_i))
  double target = 0.0;  // mean_j f(y_j)
  [[nodiscard]] double value() const { return target - moved; }
};

class MongeDual final {
 public:
  // For potentials of that layout and dtype (float32 or float64).
  MongeDual(const PotentialLayout& layout, at::ScalarType dtype);
  ~MongeDual();
  MongeDual(MongeDual&&) noexcept;
  MongeDual& operator=(MongeDual&&) noexcept;

  // The loss; overwrites `gradient`.
  double map_loss(const Potential& f, const Potential& g, const at::Tensor& x, at::Tensor& gradient);
  PotentialLoss potential_loss(const Potential& f, const Potential& g, const at::Tensor& x, const at::Tensor& y,
                               at::Tensor& gradient);

  double difference(const Potential& f, const at::Tensor& x, const at::Tensor& y, at::Tensor& gradient);

  struct Work;  // the memory of a step

 private:
  at::ScalarType dtype_;
  std::unique_ptr<Work> work_;
};

}  // namespace brenier::models
