#include "models/nn/parameters.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <map>

#include "core/error.h"

namespace brenier::models {
namespace parameters_detail {

std::string describe(const at::Tensor& tensor) {
  std::string text = std::string(c10::toString(tensor.scalar_type())) + " [";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) text += (i > 0 ? ", " : "") + std::to_string(tensor.size(i));
  return text + "]";
}

}  // namespace parameters_detail

at::Tensor Parameters::add(const std::string& name, const at::Tensor& value) {
  auto leaf = value.detach().clone();
  leaf.set_requires_grad(true);
  names_.push_back(name);
  tensors_.push_back(leaf);
  return leaf;
}

void Parameters::append_to(State& state, const std::string& prefix) const {
  for (std::size_t i = 0; i < names_.size(); ++i) state.emplace_back(prefix + names_[i], tensors_[i].detach());
}

void append_state(State& state, const State& part, const std::string& prefix) {
  for (const auto& [name, tensor] : part) state.emplace_back(prefix + name, tensor);
}

void copy_state(const State& state, const State& target) {
  std::map<std::string, at::Tensor> given(state.begin(), state.end());
  const c10::NoGradGuard no_grad;
  for (const auto& [name, tensor] : target) {
    const auto found = given.find(name);
    if (found == given.end()) {
      throw Error(ErrorKind::kData, "the saved state lacks tensor '" + name + "'")
          .expected("a state of the same model with the same settings");
    }
    const auto& value = found->second;
    if (value.sizes() != tensor.sizes() || value.scalar_type() != tensor.scalar_type()) {
      throw Error(ErrorKind::kData, "tensor '" + name + "' of the saved state does not fit the model")
          .found(parameters_detail::describe(value))
          .expected(parameters_detail::describe(tensor));
    }
    auto destination = tensor.detach();
    destination.copy_(value);
    given.erase(found);
  }
  if (!given.empty()) {
    throw Error(ErrorKind::kData,
                "the saved state has tensor '" + given.begin()->first + "', which the model does not know")
        .expected("a state of the same model with the same settings");
  }
}

at::Tensor find_tensor(const State& state, const std::string& name) {
  for (const auto& [key, tensor] : state) {
    if (key == name) return tensor;
  }
  throw Error(ErrorKind::kData, "the saved state lacks tensor '" + name + "'")
      .expected("a state of the same model with the same settings");
}

}  // namespace brenier::models
