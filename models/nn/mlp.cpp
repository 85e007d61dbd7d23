#include "models/nn/mlp.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "models/nn/activation.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace mlp_detail {

at::Tensor activated(const at::Tensor& y, MlpActivation activation) {
  switch (activation) {
    case MlpActivation::kGelu:
      return at::gelu(y);
    case MlpActivation::kLeakyRelu:
      return at::leaky_relu(y, kLeakySlope);
    case MlpActivation::kRelu:
      break;
  }
  return at::relu(y);
}

std::string activation_call(MlpActivation activation, const std::string& argument) {
  switch (activation) {
    case MlpActivation::kGelu:
      return "torch.gelu(" + argument + ")";
    case MlpActivation::kLeakyRelu:
      return "torch.leaky_relu(" + argument + ", 0.2)";
    case MlpActivation::kRelu:
      break;
  }
  return "torch.relu(" + argument + ")";
}

}  // namespace mlp_detail

Mlp::Mlp(const std::vector<std::int64_t>& widths, const std::string& name, Parameters& parameters, RandomStream& stream,
         MlpActivation activation, at::ScalarType dtype)
    : name_(name), activation_(activation) {
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const auto layer = name + "." + std::to_string(l);
    const double bound = 1.0 / std::sqrt(static_cast<double>(widths[l]));
    kernels_.push_back(
        parameters.add(layer + ".kernel", uniform_tensor(stream, {widths[l + 1], widths[l]}, -bound, bound, dtype)));
    biases_.push_back(parameters.add(layer + ".bias", at::zeros({widths[l + 1]}, dtype)));
  }
}

at::Tensor Mlp::operator()(const at::Tensor& x) const {
  auto y = x;
  for (std::size_t l = 0; l < kernels_.size(); ++l) {
    y = at::linear(y, kernels_[l], biases_[l]);
    if (l + 1 < kernels_.size()) y = mlp_detail::activated(y, activation_);
  }
  return y;
}

void Mlp::zero_last() {
  const c10::NoGradGuard no_grad;
  kernels_.back().zero_();
}

std::string Mlp::script(const std::string& method) const {
  std::string text = "def " + method + "(self, x: Tensor) -> Tensor:\n";
  for (std::size_t l = 0; l < kernels_.size(); ++l) {
    const auto layer = name_ + "_" + std::to_string(l);
    const auto linear = "torch.addmm(self." + layer + "_bias, x, self." + layer + "_kernel.t())";
    text += "    x = " + (l + 1 < kernels_.size() ? mlp_detail::activation_call(activation_, linear) : linear) + "\n";
  }
  return text + "    return x\n\n";
}

void Mlp::append_script_tensors(State& tensors) const {
  for (std::size_t l = 0; l < kernels_.size(); ++l) {
    const auto layer = name_ + "_" + std::to_string(l);
    tensors.emplace_back(layer + "_kernel", kernels_[l].detach());
    tensors.emplace_back(layer + "_bias", biases_[l].detach());
  }
}

}  // namespace brenier::models
