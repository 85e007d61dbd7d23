// A stack of dense layers with gradients written by hand, for networks that are small beside what an operation costs.
//
//   h_0 = x;  y_l = h_l K_l;  h_{l+1} = dropout(act(gamma_l (y_l - m_l) / sqrt(v_l + norm_epsilon) + beta_l))
//   out = h_n K_n + b_n                     x [B, in], K_l [width of layer l - 1, width of layer l], out [B, out]
//
// m_l, v_l: mean and variance over the batch in training, running ones otherwise (ioffe2015batchnorm). Without batch
// norm a hidden layer is act(h_l K_l + b_l). act(a) = a for a > 0, else leak * a. Dropout (srivastava2014dropout) keeps
// an entry with probability 1 - dropout and divides it by that; the probability is rounded to a multiple of 2^-16.
// Kernels and biases start uniform in +-1 / sqrt(fan-in), gamma at 1, beta at 0.
//
// Running variances are unbiased, as PyTorch's: running <- (1 - momentum) running + momentum batch.
//
// Rows of a batch are worked on in an order that does not depend on the thread count, sums neither. Errors: kDefect for
// an input of another width or dtype and for a gradient that does not fit the tape; kData for a batch of one cell in
// training with batch norm.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "models/nn/dense_passes.h"
#include "models/nn/parameters.h"

namespace brenier::models {

class DenseStack final {
 public:
  // Registers "<name>.<layer>.kernel" and, with batch norm, ".gamma" and ".beta", else ".bias", layer by layer; the
  // last layer has ".kernel" and ".bias". Throws kUsage for settings that cannot be.
  DenseStack(std::int64_t in, std::int64_t out, const DenseStackSettings& settings, const std::string& name,
             Parameters& parameters, RandomStream& init, at::ScalarType dtype = at::kFloat);

  // Statistics of the batch, which move the running ones; dropout from the stream (one number for four entries).
  at::Tensor train(const at::Tensor& x, DenseTape& tape, RandomStream& dropout);
  // Running statistics, no dropout. A row does not depend on its neighbours.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
  // The same; `backward` may follow, for which the statistics are constants.
  at::Tensor frozen(const at::Tensor& x, DenseTape& tape) const;

  // With `gradient` [B, out] of the output: appends the gradients of the parameters, in the order in which the
  // constructor registered them, unless `parameter_gradients` is null; returns that of the input [B, in] when
  // `input_gradient`, else an undefined tensor. May be called more than once for a pass.
  at::Tensor backward(DenseTape& tape, const at::Tensor& gradient, std::vector<at::Tensor>* parameter_gradients,
                      bool input_gradient) const;

  // "<name>.<layer>.mean" and ".variance", sharing storage with the layers; empty without batch norm.
  [[nodiscard]] State buffers() const;
  [[nodiscard]] std::int64_t in() const { return weights_.in; }
  [[nodiscard]] std::int64_t out() const { return weights_.out; }

  // TorchScript of operator(): a method `method(self, x)` over attributes "<name>_<layer>_kernel" and "_bias" (dots as
  // underscores), into which the statistics are folded.
  [[nodiscard]] std::string script(const std::string& method) const;
  void append_script_tensors(State& tensors) const;
  // Both.
  void append_script(Script& script, const std::string& method) const;

 private:
  void check_input(const at::Tensor& x) const;

  std::string name_;
  DenseWeights weights_;
};

}  // namespace brenier::models
