#include "models/nn/dense_stack.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace dense_stack_detail {

// "encoder.1" as part of an attribute's name.
std::string attribute(const std::string& name, std::size_t layer) {
  auto text = name + "_" + std::to_string(layer);
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

void check_settings(std::int64_t in, std::int64_t out, const DenseStackSettings& settings) {
  const auto refuse = [](const std::string& what, const std::string& found, const std::string& expected) {
    throw Error(ErrorKind::kUsage, what).found(found).expected(expected);
  };
  std::vector<std::int64_t> widths = settings.hidden;
  widths.insert(widths.end(), {in, out});
  for (const std::int64_t width : widths) {
    if (width < 1) refuse("a dense layer has no width", std::to_string(width), "a width of at least 1");
  }
  if (!(settings.dropout >= 0.0 && settings.dropout < 1.0)) {
    refuse("the dropout probability is out of range", std::to_string(settings.dropout), "a number in [0, 1)");
  }
  if (!(settings.norm_epsilon > 0.0)) {
    refuse("norm_epsilon is out of range", std::to_string(settings.norm_epsilon), "a number above 0");
  }
  if (!(settings.momentum >= 0.0 && settings.momentum <= 1.0)) {
    refuse("the momentum of batch norm is out of range", std::to_string(settings.momentum), "a number in [0, 1]");
  }
  if (!(settings.leak >= 0.0 && settings.leak <= 1.0)) {
    refuse("the slope of the leaky ReLU is out of range", std::to_string(settings.leak), "a number in [0, 1]");
  }
}

}  // namespace dense_stack_detail

void DenseStackSettings::describe(Fields& fields) {
  fields.integers("hidden", hidden, Range::at_least(1.0), "Widths of the hidden layers");
  fields.boolean("batch_norm", batch_norm, "Batch normalisation in front of each activation");
  fields.real("leak", leak, Range::between(0.0, 1.0), "Slope of the activation below 0; 0 is ReLU");
  fields.real("dropout", dropout, Range::below(0.0, 1.0), "Share of hidden units left out in a training step");
  fields.real("momentum", momentum, Range::between(0.0, 1.0), "Weight of a batch in the running mean and variance");
  fields.real("norm_epsilon", norm_epsilon, Range::above(0.0), "Added to the variance in batch normalisation");
}

DenseStack::DenseStack(std::int64_t in, std::int64_t out, const DenseStackSettings& settings, const std::string& name,
                       Parameters& parameters, RandomStream& init, at::ScalarType dtype)
    : name_(name) {
  weights_.in = in;
  weights_.out = out;
  weights_.settings = settings;
  weights_.dtype = dtype;
  dense_stack_detail::check_settings(in, out, settings);
  std::int64_t from = in;
  const auto uniform = [&](const std::vector<std::int64_t>& shape) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(from));
    return uniform_tensor(init, shape, -bound, bound, dtype);
  };
  for (std::size_t l = 0; l < settings.hidden.size(); ++l) {
    const std::int64_t to = settings.hidden[l];
    const auto prefix = name + "." + std::to_string(l);
    DenseWeights::Layer layer;
    layer.kernel = parameters.add(prefix + ".kernel", uniform({from, to}));
    if (settings.batch_norm) {
      layer.scale = parameters.add(prefix + ".gamma", at::ones({to}, dtype));
      layer.shift = parameters.add(prefix + ".beta", at::zeros({to}, dtype));
      layer.mean = at::zeros({to}, dtype);
      layer.variance = at::ones({to}, dtype);
    } else {
      layer.shift = parameters.add(prefix + ".bias", uniform({to}));
    }
    weights_.layers.push_back(layer);
    from = to;
  }
  const auto prefix = name + "." + std::to_string(settings.hidden.size());
  weights_.kernel = parameters.add(prefix + ".kernel", uniform({from, out}));
  weights_.bias = parameters.add(prefix + ".bias", uniform({out}));
}

void DenseStack::check_input(const at::Tensor& x) const {
  check_shape(x, "the input of " + name_, "[B, I]", {{"I", weights_.in}}, ErrorKind::kDefect);
  if (x.scalar_type() != weights_.dtype) {
    throw Error(ErrorKind::kDefect, "the input of " + name_ + " has another dtype than its weights")
        .found(c10::toString(x.scalar_type()))
        .expected(c10::toString(weights_.dtype));
  }
}

at::Tensor DenseStack::train(const at::Tensor& x, DenseTape& tape, RandomStream& dropout) {
  check_input(x);
  if (weights_.settings.batch_norm && !weights_.layers.empty() && x.size(0) < 2) {
    throw Error(ErrorKind::kData, "batch normalisation cannot train on a batch of one cell").at(name_);
  }
  dense_forward(weights_, x.contiguous(), tape, &dropout);
  dense_move_statistics(weights_, tape);
  return tape.output;
}

at::Tensor DenseStack::frozen(const at::Tensor& x, DenseTape& tape) const {
  check_input(x);
  dense_forward(weights_, x.contiguous(), tape, nullptr);
  return tape.output;
}

at::Tensor DenseStack::operator()(const at::Tensor& x) const {
  check_input(x);
  auto out = at::empty({x.size(0), weights_.out}, weights_.dtype);
  dense_infer(weights_, x.contiguous(), out);
  return out;
}

at::Tensor DenseStack::backward(DenseTape& tape, const at::Tensor& gradient,
                                std::vector<at::Tensor>* parameter_gradients, bool input_gradient) const {
  if (!tape.output.defined() || tape.layers.size() != weights_.layers.size() ||
      gradient.sizes() != tape.output.sizes() || gradient.scalar_type() != weights_.dtype) {
    throw Error(ErrorKind::kDefect, "the gradient of " + name_ + " does not fit its last forward pass");
  }
  dense_backward(weights_, tape, gradient.contiguous(), parameter_gradients != nullptr, input_gradient);
  if (parameter_gradients != nullptr) {
    for (const auto& saved : tape.layers) {
      parameter_gradients->push_back(saved.d_kernel);
      if (weights_.settings.batch_norm) parameter_gradients->push_back(saved.d_scale);
      parameter_gradients->push_back(saved.d_shift);
    }
    parameter_gradients->insert(parameter_gradients->end(), {tape.d_kernel, tape.d_bias});
  }
  return input_gradient ? tape.d_input : at::Tensor();
}

State DenseStack::buffers() const {
  State state;
  if (!weights_.settings.batch_norm) return state;
  for (std::size_t l = 0; l < weights_.layers.size(); ++l) {
    const auto prefix = name_ + "." + std::to_string(l);
    state.emplace_back(prefix + ".mean", weights_.layers[l].mean);
    state.emplace_back(prefix + ".variance", weights_.layers[l].variance);
  }
  return state;
}

std::string DenseStack::script(const std::string& method) const {
  std::string text = "def " + method + "(self, x: Tensor) -> Tensor:\n";
  for (std::size_t l = 0; l <= weights_.layers.size(); ++l) {
    const auto layer = "self." + dense_stack_detail::attribute(name_, l);
    text += "    x = torch.addmm(" + layer + "_bias, x, " + layer + "_kernel)\n";
    if (l == weights_.layers.size()) continue;
    if (weights_.settings.activation() == DenseActivation::kRelu) {
      text += "    x = torch.relu(x)\n";
    } else {
      text += "    x = torch.relu(x) - " + number_text(weights_.settings.leak) + " * torch.relu(-x)\n";
    }
  }
  return text + "    return x\n\n";
}

void DenseStack::append_script_tensors(State& tensors) const {
  const c10::NoGradGuard no_grad;
  for (std::size_t l = 0; l <= weights_.layers.size(); ++l) {
    const auto attribute = dense_stack_detail::attribute(name_, l);
    auto kernel = (l < weights_.layers.size() ? weights_.layers[l].kernel : weights_.kernel).detach();
    auto bias = (l < weights_.layers.size() ? weights_.layers[l].shift : weights_.bias).detach();
    if (l < weights_.layers.size() && weights_.settings.batch_norm) {
      const auto factor =
          weights_.layers[l].scale.detach() * (weights_.layers[l].variance + weights_.settings.norm_epsilon).rsqrt();
      kernel = kernel * factor;
      bias = bias - weights_.layers[l].mean * factor;
    }
    tensors.emplace_back(attribute + "_kernel", kernel);
    tensors.emplace_back(attribute + "_bias", bias);
  }
}

void DenseStack::append_script(Script& script, const std::string& method) const {
  script.source += this->script(method);
  append_script_tensors(script.tensors);
}

}  // namespace brenier::models
