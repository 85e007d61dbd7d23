#include "models/nn/icnn.h"

#include <ATen/ATen.h>

namespace brenier::models {
namespace icnn_detail {

// phi or psi at every hidden layer.
std::vector<ActivationValues> forward(const PotentialWeights& weights, Activation activation, const at::Tensor& x) {
  std::vector<ActivationValues> layers;
  const std::size_t hidden = weights.w.size();
  layers.reserve(hidden);
  for (std::size_t l = 0; l < hidden; ++l) {
    auto a = at::addmm(weights.b[l], x, weights.a[l].t());
    if (l > 0) a.addmm_(layers.back().value, weights.w[l - 1].t());
    layers.push_back(l == 0 ? evaluate_first(activation, a) : evaluate(activation, a));
  }
  return layers;
}

at::Tensor output(const PotentialWeights& weights, const std::vector<ActivationValues>& layers, const at::Tensor& x) {
  const auto quadratic = 0.5 * (x.mm(weights.quadratic) * x).sum(1) - x.mv(weights.linear);
  const auto network =
      at::addmm(weights.b.back(), x, weights.a.back().t()).addmm_(layers.back().value, weights.w.back().t());
  return quadratic + network.squeeze(1);
}

// Gradient of sum_i <v_i, P x_i - r> in P (symmetric part) and r.
void quadratic_gradient(PotentialWeights& gradient, const at::Tensor& x, const at::Tensor& v) {
  const auto outer = v.t().mm(x);
  gradient.quadratic = 0.5 * (outer + outer.t());
  gradient.linear = -v.sum(0);
}

}  // namespace icnn_detail

std::vector<at::Tensor> PotentialWeights::list() const {
  std::vector<at::Tensor> all = {quadratic, linear};
  all.insert(all.end(), a.begin(), a.end());
  all.insert(all.end(), w.begin(), w.end());
  all.insert(all.end(), b.begin(), b.end());
  return all;
}

PotentialWeights PotentialWeights::detached() const {
  PotentialWeights copy = {quadratic.detach(), linear.detach(), a, w, b};
  for (auto* list : {&copy.a, &copy.w, &copy.b}) {
    for (auto& tensor : *list) tensor = tensor.detach();
  }
  return copy;
}

at::Tensor potential_value(const PotentialWeights& weights, Activation activation, const at::Tensor& x) {
  return icnn_detail::output(weights, icnn_detail::forward(weights, activation, x), x);
}

at::Tensor potential_gradient(const PotentialWeights& weights, Activation activation, const at::Tensor& x) {
  return PotentialSweep(weights, activation, x).map();
}

PotentialWeights value_weight_gradient(const PotentialWeights& weights, Activation activation, const at::Tensor& x,
                                       const at::Tensor& c) {
  const auto layers = icnn_detail::forward(weights, activation, x);
  const std::size_t hidden = layers.size();
  PotentialWeights gradient;
  const auto weighted = x * c.unsqueeze(1);
  gradient.quadratic = 0.5 * weighted.t().mm(x);
  gradient.linear = -weighted.sum(0);
  gradient.a.resize(hidden + 1);
  gradient.b.resize(hidden + 1);
  gradient.w.resize(hidden);
  auto adjoint = c.unsqueeze(1);  // of a_l, from the output down
  for (std::size_t l = hidden;; --l) {
    gradient.a[l] = adjoint.t().mm(x);
    gradient.b[l] = adjoint.sum(0);
    if (l == 0) break;
    gradient.w[l - 1] = adjoint.t().mm(layers[l - 1].value);
    adjoint = adjoint.mm(weights.w[l - 1]) * layers[l - 1].slope;
  }
  return gradient;
}

PotentialSweep::PotentialSweep(const PotentialWeights& weights, Activation activation, const at::Tensor& x)
    : weights_(weights), activation_(activation), x_(x), layers_(icnn_detail::forward(weights, activation, x)) {
  const std::size_t hidden = layers_.size();
  before_.resize(hidden);
  reverse_.resize(hidden);
  map_ = at::addmm(weights.a.back() - weights.linear, x, weights.quadratic);
  for (std::size_t l = hidden; l-- > 0;) {
    before_[l] = l + 1 == hidden ? weights.w[l].expand({x.size(0), -1}) : reverse_[l + 1].mm(weights.w[l]);
    reverse_[l] = before_[l] * layers_[l].slope;
    map_.addmm_(reverse_[l], weights.a[l]);
  }
}

at::Tensor PotentialSweep::value() const { return icnn_detail::output(weights_, layers_, x_); }

PotentialWeights PotentialSweep::map_weight_gradient(const at::Tensor& v) const {
  const std::size_t hidden = layers_.size();
  PotentialWeights gradient;
  icnn_detail::quadratic_gradient(gradient, x_, v);
  gradient.a.resize(hidden + 1);
  gradient.b.resize(hidden + 1);
  gradient.w.resize(hidden);

  std::vector<at::Tensor> adot(hidden);
  std::vector<at::Tensor> zdot(hidden);
  for (std::size_t l = 0; l < hidden; ++l) {
    adot[l] = v.mm(weights_.a[l].t());
    if (l > 0) adot[l].addmm_(zdot[l - 1], weights_.w[l - 1].t());
    zdot[l] = layers_[l].slope * adot[l];
  }

  gradient.a[hidden] = v.sum(0, /*keepdim=*/true);
  gradient.w[hidden - 1] = zdot[hidden - 1].sum(0, /*keepdim=*/true);
  gradient.b[hidden] = at::zeros_like(weights_.b[hidden]);
  const bool flat = is_piecewise_linear(activation_);
  at::Tensor alpha;  // adjoint of a_l; undefined where it vanishes
  for (std::size_t l = hidden; l-- > 0;) {
    at::Tensor next;
    if (l == 0 || !flat) next = before_[l] * layers_[l].curvature * adot[l];
    if (alpha.defined()) next = at::addcmul(next, alpha.mm(weights_.w[l]), layers_[l].slope);
    gradient.a[l] = reverse_[l].t().mm(v);
    if (l > 0) gradient.w[l - 1] = reverse_[l].t().mm(zdot[l - 1]);
    if (next.defined()) {
      gradient.a[l].addmm_(next.t(), x_);
      if (l > 0) gradient.w[l - 1].addmm_(next.t(), layers_[l - 1].value);
      gradient.b[l] = next.sum(0);
    } else {
      gradient.b[l] = at::zeros_like(weights_.b[l]);
    }
    alpha = next;
  }
  return gradient;
}

}  // namespace brenier::models
