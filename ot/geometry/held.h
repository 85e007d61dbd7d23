// A shared C++ object kept by an autograd node (AutogradContext::saved_data) from forward to backward.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/custom_class.h>

#include <memory>
#include <utility>

namespace brenier::ot {

template <class Value>
struct Held final : torch::CustomClassHolder {
  explicit Held(std::shared_ptr<const Value> held) : value(std::move(held)) {}
  std::shared_ptr<const Value> value;
};

template <class Value>
[[nodiscard]] c10::IValue hold(std::shared_ptr<const Value> value) {
  return c10::IValue::make_capsule(c10::make_intrusive<Held<Value>>(std::move(value)));
}

// What hold() kept; Value must be the same.
template <class Value>
[[nodiscard]] std::shared_ptr<const Value> held(const c10::IValue& capsule) {
  const auto holder = capsule.toCapsule();
  return static_cast<const Held<Value>&>(*holder).value;
}

}  // namespace brenier::ot
