// A multilayer perceptron: linear layers with an activation between them, none behind the last.
//
//   y = L_n(act(L_{n-1}( ... act(L_0(x)))))      x [B, widths.front()] -> y [B, widths.back()]
//
// act is ReLU, GELU, x Phi(x) with the normal distribution function Phi, or the leaky ReLU with slope 0.2. Kernels are
// uniform in +-1 / sqrt(fan-in), biases 0: outputs start small beside the mean that models add to them, which a short
// training needs. Differentiable by autograd, in float32 or float64.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "models/nn/parameters.h"

namespace brenier::models {

enum class MlpActivation { kRelu, kGelu, kLeakyRelu };

class Mlp final {
 public:
  // Registers "<name>.<layer>.kernel" and ".bias" in `parameters`.
  Mlp(const std::vector<std::int64_t>& widths, const std::string& name, Parameters& parameters, RandomStream& stream,
      MlpActivation activation = MlpActivation::kRelu, at::ScalarType dtype = at::kFloat);
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
  // Sets the last kernel to 0, so that y = 0 for every x.
  void zero_last();

  // TorchScript: a method `name(self, x)` over attributes named after the parameters (dots as underscores).
  [[nodiscard]] std::string script(const std::string& method) const;
  void append_script_tensors(State& tensors) const;

 private:
  std::string name_;
  MlpActivation activation_;
  std::vector<at::Tensor> kernels_;
  std::vector<at::Tensor> biases_;
};

}  // namespace brenier::models
