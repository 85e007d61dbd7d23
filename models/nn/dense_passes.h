// The forward and backward passes of a dense stack (dense_stack.h has the equations), as functions of its weights.
//
// A hidden layer is one region of parallel work: a block of columns is multiplied, normalised and activated by one
// thread while it is in the cache; so is its way back. No sum depends on the thread count.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <vector>

#include "core/config/fields.h"
#include "core/random.h"

namespace brenier::models {

enum class DenseActivation { kRelu, kLeakyRelu };

struct DenseStackSettings {
  std::vector<std::int64_t> hidden;  // widths, empty: one linear layer
  bool batch_norm = true;
  double leak = 0.0;     // slope below 0; 0: ReLU
  double dropout = 0.0;  // in [0, 1)
  double momentum = 0.01;
  double norm_epsilon = 1e-3;

  [[nodiscard]] DenseActivation activation() const {
    return leak == 0.0 ? DenseActivation::kRelu : DenseActivation::kLeakyRelu;
  }
  void describe(Fields& fields);
};

// What backward needs of a forward pass. Its buffers are kept for the next pass of the same shapes, so what `train`,
// `frozen` and `backward` return is overwritten by the next call with the same tape: a pass whose results must live
// longer has a tape of its own.
struct DenseTape {
  struct Layer {
    at::Tensor normed;    // [B, W] (y - m) / sqrt(v + norm_epsilon); without batch norm h K + b
    at::Tensor output;    // [B, W] h_{l+1}
    at::Tensor keep;      // [B, W] 0 or 1 / (1 - dropout); empty without dropout
    at::Tensor moments;   // [3, W] m, v, 1 / sqrt(v + norm_epsilon)
    at::Tensor gradient;  // [B, W] with respect to y, or h K + b
    at::Tensor d_kernel;  // as the parameters
    at::Tensor d_scale;
    at::Tensor d_shift;
  };
  at::Tensor input;  // [B, in]
  std::vector<Layer> layers;
  at::Tensor output;    // [B, out]
  at::Tensor d_kernel;  // of the last layer
  at::Tensor d_bias;
  at::Tensor d_input;               // [B, in]
  std::vector<std::uint64_t> bits;  // that dropout drew
  std::vector<std::uint16_t> halves;
  bool statistics = false;  // of the batch: they depend on the input
};

struct DenseWeights {
  struct Layer {
    at::Tensor kernel;  // [from, to]
    at::Tensor scale;   // gamma [to]; undefined without batch norm
    at::Tensor shift;   // beta, or the bias
    at::Tensor mean;    // running; undefined without batch norm
    at::Tensor variance;
  };
  std::int64_t in = 0;
  std::int64_t out = 0;
  DenseStackSettings settings;
  at::ScalarType dtype = at::kFloat;
  std::vector<Layer> layers;  // the hidden ones
  at::Tensor kernel;          // of the last layer [from, out]
  at::Tensor bias;            // [out]
};

// Fills the tape from x [B, in], contiguous and of the weights' dtype; `dropout` null: running statistics and no
// dropout. The running statistics stay as they are.
void dense_forward(const DenseWeights& weights, const at::Tensor& x, DenseTape& tape, RandomStream* dropout);

// The running statistics after a training pass.
void dense_move_statistics(DenseWeights& weights, const DenseTape& tape);

// From the gradient [B, out] of the output, contiguous: the tape's d_... of the parameters, if wanted, and d_input.
void dense_backward(const DenseWeights& weights, DenseTape& tape, const at::Tensor& gradient, bool parameters,
                    bool input);

// out [B, out] with running statistics; a row does not depend on its neighbours.
void dense_infer(const DenseWeights& weights, const at::Tensor& x, const at::Tensor& out);

}  // namespace brenier::models
