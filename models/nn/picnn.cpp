#include "models/nn/picnn.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace picnn_detail {

const double kUnitGate = std::log(std::numbers::e - 1.0);  // softplus(kUnitGate) = 1

void check(bool ok, const std::string& what) {
  if (!ok) throw Error(ErrorKind::kDefect, "PICNN: " + what);
}

}  // namespace picnn_detail

void PicnnSettings::describe(Fields& fields) {
  fields.integers("hidden", hidden, Range::at_least(1), "Widths of the hidden layers of the convex path");
  fields.integer("context_width", context_width, Range::at_least(1), "Width of the layers of the context path");
  fields.choice("activation", activation, activation_names(),
                "leaky_relu is the original; behind the first layer its biases get no gradient, the smooth ones do");
  fields.choice("initialisation", initialisation, {"standard", "identity", "gaussian"},
                "The map at step 0: as published, exactly the identity, or the Gaussian map of each training context");
  fields.boolean("train_quadratics", train_quadratics, "Whether the K quadratics are trained or kept as initialised");
  fields.require("hidden", !hidden.empty(), "needs at least one layer");
}

Picnn::Picnn(const PicnnSettings& settings, const PicnnShape& shape, RandomStream& stream, at::ScalarType dtype)
    : settings_(settings), shape_(shape), activation_(activation_from(settings.activation)) {
  picnn_detail::check(shape.cell > 0 && shape.context > 0 && shape.quadratics > 0, "widths must be positive");
  const bool standard = settings.initialisation == "standard";
  const auto hidden = static_cast<std::size_t>(settings.hidden.size());
  const auto options = at::TensorOptions().dtype(dtype);
  const auto centred = [&](std::int64_t rows, std::int64_t cols) {
    return normal_tensor(stream, {rows, cols}, 1.0 / std::sqrt(static_cast<double>(cols)), dtype);
  };
  const auto one_sided = [&](std::int64_t rows, std::int64_t cols) {
    return uniform_tensor(stream, {rows, cols}, 0.0, 0.1, dtype);
  };
  const auto add = [&](const std::string& name, std::size_t layer, const at::Tensor& value) {
    auto leaf = parameters_.add(name + "." + std::to_string(layer), value);
    trainable_.push_back(leaf);
    return leaf;
  };

  const std::int64_t k = shape.quadratics;
  const auto eye = at::eye(shape.cell, options).unsqueeze(0).repeat({k, 1, 1});
  factors_ = parameters_.add("quadratic.factor", standard ? at::zeros_like(eye) : eye);
  centres_ = parameters_.add("quadratic.centre", at::zeros({k, shape.cell}, options));
  offsets_ = at::zeros({k, shape.cell}, options);
  if (settings.train_quadratics && !standard) trainable_ = {factors_, centres_};

  std::int64_t context = shape.context;
  for (std::size_t l = 0; l <= hidden; ++l) {
    const bool last = l == hidden;
    const std::int64_t width = last ? 1 : settings.hidden[l];
    const bool zero = last && !standard;
    a_.push_back(add("x.kernel", l,
                     zero       ? at::zeros({1, shape.cell}, options)
                     : standard ? one_sided(width, shape.cell)
                                : centred(width, shape.cell)));
    b_.push_back(add("x.bias", l, at::zeros({width}, options)));
    // The context path moves A, W and b by 10 % of a centred kernel at first, so that contexts differ gently from the
    // start.
    scale_.push_back(add("x.scale", l, standard ? one_sided(shape.cell, context) : 0.1 * centred(shape.cell, context)));
    shift_.push_back(add("x.shift", l, standard ? one_sided(width, context) : 0.1 * centred(width, context)));
    if (l > 0) {
      const std::int64_t previous = settings.hidden[l - 1];
      convex_.push_back(trainable_.size());
      w_.push_back(
          add("z.kernel", l,
              zero       ? at::zeros({1, previous}, options)
              : standard ? one_sided(width, previous)
                         : uniform_tensor(stream, {width, previous}, 0.0, 2.0 / static_cast<double>(previous), dtype)));
      gate_.push_back(add("z.gate", l, standard ? one_sided(previous, context) : 0.1 * centred(previous, context)));
    }
    if (!last) {
      context_kernel_.push_back(
          add("context.kernel", l,
              standard ? one_sided(settings.context_width, context) : centred(settings.context_width, context)));
      context_bias_.push_back(add("context.bias", l, at::zeros({settings.context_width}, options)));
      context = settings.context_width;
    }
  }
}

void Picnn::set_quadratics(const at::Tensor& factors, const at::Tensor& centres) {
  picnn_detail::check(factors.sizes() == factors_.sizes() && centres.sizes() == centres_.sizes(),
                      "quadratics of another shape");
  const c10::NoGradGuard no_grad;
  factors_.detach().copy_(factors);
  centres_.detach().copy_(centres);
}

void Picnn::set_offsets(const at::Tensor& offsets) {
  picnn_detail::check(offsets.sizes() == offsets_.sizes(), "offsets of another shape");
  offsets_.copy_(offsets);
}

State Picnn::state() const {
  State state;
  parameters_.append_to(state, "");
  state.emplace_back("offset", offsets_);
  return state;
}

PotentialWeights Picnn::at(const at::Tensor& context, const at::Tensor& kappa) const {
  picnn_detail::check(context.dim() == 1 && context.size(0) == shape_.context, "context vector of another length");
  picnn_detail::check(kappa.dim() == 1 && kappa.size(0) == shape_.quadratics, "kappa of another length");
  PotentialWeights weights;
  const auto products = at::bmm(factors_.transpose(1, 2), factors_);  // M_k'M_k
  const auto eye = at::eye(shape_.cell, products.options());
  weights.quadratic = (1 - kappa.sum()) * eye + at::tensordot(kappa, products, {0}, {0});
  weights.linear = kappa.matmul(at::bmm(products, centres_.unsqueeze(2)).squeeze(2) - offsets_);
  auto u = context;
  const std::size_t hidden = settings_.hidden.size();
  for (std::size_t l = 0; l <= hidden; ++l) {
    weights.a.push_back(a_[l] * (scale_[l].mv(u) + 1));
    weights.b.push_back(shift_[l].mv(u) + b_[l]);
    if (l > 0) weights.w.push_back(w_[l - 1] * at::softplus(gate_[l - 1].mv(u) + picnn_detail::kUnitGate));
    if (l < hidden) u = evaluate(activation_, context_kernel_[l].mv(u) + context_bias_[l]).value;
  }
  return weights;
}

std::vector<at::Tensor> Picnn::pull_back(const PotentialWeights& tracked, const PotentialWeights& gradient) const {
  std::vector<at::Tensor> outputs;
  std::vector<at::Tensor> upstream;
  const auto weights = tracked.list();
  const auto adjoints = gradient.list();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!weights[i].requires_grad()) continue;
    outputs.push_back(weights[i]);
    upstream.push_back(adjoints[i]);
  }
  auto gradients = torch::autograd::grad(outputs, trainable_, upstream, /*retain_graph=*/false, /*create_graph=*/false,
                                         /*allow_unused=*/true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) gradients[i] = at::zeros_like(trainable_[i].detach());
  }
  return gradients;
}

double Picnn::convexity_violation() const {
  const c10::NoGradGuard no_grad;
  double total = 0.0;
  for (const auto index : convex_) total += trainable_[index].clamp_max(0).norm().item<double>();
  return total;
}

void Picnn::add_convexity_gradient(std::vector<at::Tensor>& gradients, double weight) const {
  const c10::NoGradGuard no_grad;
  for (const auto index : convex_) {
    const auto negative = trainable_[index].clamp_max(0);
    gradients[index] = gradients[index] + (weight / (negative.norm() + 1e-12)) * negative;
  }
}

void Picnn::project_convex() {
  const c10::NoGradGuard no_grad;
  for (const auto index : convex_) trainable_[index].detach().clamp_min_(0);
}

}  // namespace brenier::models
