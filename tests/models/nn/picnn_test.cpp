#include "models/nn/picnn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>

#include "core/error.h"
#include "models/nn/adam.h"
#include "models/nn/dual_trainer.h"
#include "models/nn/initialise.h"
#include "models/nn/monge_dual.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace picnn_test {

Picnn make_picnn(const PicnnSettings& settings, const PicnnShape& shape, Positivity positivity = Positivity::kClamp,
                 at::ScalarType dtype = at::kDouble, std::uint64_t seed = 13) {
  RandomStream stream(seed, "picnn");
  return Picnn(settings, shape, positivity, stream, dtype);
}

at::Tensor one_hot(std::int64_t count, std::int64_t place, at::ScalarType dtype = at::kDouble) {
  return at::zeros({count}, dtype).index_fill_(0, at::tensor({place}), 1.0);
}

struct Choice {
  std::string activation;
  Positivity positivity;
};

std::vector<Choice> choices() {
  std::vector<Choice> all;
  for (const auto& activation : activation_names()) {
    for (const auto& positivity : positivity_names()) all.push_back({activation, positivity_from(positivity)});
  }
  return all;
}

class PicnnInitialisation : public testing::TestWithParam<Choice> {
 protected:
  static PicnnSettings settings(const std::string& initialisation) {
    PicnnSettings settings;
    settings.initialisation = initialisation;
    settings.activation = GetParam().activation;
    return settings;
  }
};

TEST_P(PicnnInitialisation, IdentityMapIsTheIdentityAtStepZero) {
  for (const std::int64_t d : {2, 10, 50}) {
    const auto picnn = make_picnn(settings("identity"), {d, 9, 9}, GetParam().positivity, at::kFloat);
    RandomStream stream(1, "points");
    const auto x = normal_tensor(stream, {256, d}, 1.0);
    for (std::int64_t k = 0; k < 9; ++k) {
      const auto known = picnn.at(one_hot(9, k, at::kFloat), one_hot(9, k, at::kFloat)).map(x);
      EXPECT_LT((known - x).abs().max().item<double>(), 1e-6) << "d " << d << ", context " << k;
      const auto any = picnn.at(normal_tensor(stream, {9}, 3.0), uniform_tensor(stream, {9}, 0.0, 0.5)).map(x);
      EXPECT_LT((any - x).abs().max().item<double>(), 1e-5) << "d " << d;  // kappa does not sum to 1: rounding
    }
  }
}

TEST_P(PicnnInitialisation, GaussianStartIsTheAffineMapOfTheContextForAnyContextPath) {
  auto picnn = make_picnn(settings("gaussian"), {3, 2, 2}, GetParam().positivity);
  RandomStream stream(3, "quadratics");
  const auto factors = normal_tensor(stream, {2, 3, 3}, 1.0, at::kDouble);
  const auto centres = normal_tensor(stream, {2, 3}, 1.0, at::kDouble);
  const auto offsets = normal_tensor(stream, {2, 3}, 1.0, at::kDouble);
  picnn.set_quadratics(factors, centres);
  picnn.set_offsets(offsets);
  const auto x = normal_tensor(stream, {5, 3}, 1.0, at::kDouble);
  const auto displaced = [&](std::int64_t k) {
    return (x - centres[k]).mm(factors[k].t().mm(factors[k])) + offsets[k] - x;
  };
  const auto path = normal_tensor(stream, {2}, 2.0, at::kDouble);
  const auto map = picnn.at(path, one_hot(2, 1)).map(x);
  EXPECT_LT(relative_difference(map, x + displaced(1)), 1e-12);
  const auto both = picnn.at(path, at::tensor({0.3, 1.0}, at::kDouble)).map(x);
  EXPECT_LT(relative_difference(both, x + 0.3 * displaced(0) + displaced(1)), 1e-12);
}

TEST_P(PicnnInitialisation, StandardKernelsAreUniformAsPublishedAndBiasesZero) {
  const auto picnn = make_picnn(settings("standard"), {50, 9, 9}, GetParam().positivity);
  for (const auto& [name, tensor] : picnn.state()) {
    const bool bias = name.find("bias") != std::string::npos || name == "offset" || name.rfind("quadratic", 0) == 0;
    if (bias) {
      EXPECT_EQ(tensor.abs().max().item<double>(), 0.0) << name;
      continue;
    }
    const bool softened = name.rfind("z.kernel", 0) == 0 && GetParam().positivity == Positivity::kSoftplus;
    const auto values = softened ? at::softplus(tensor) : tensor;
    EXPECT_GE(values.min().item<double>(), 0.0) << name;
    EXPECT_LT(values.max().item<double>(), 0.1) << name;
    if (values.numel() > 2000) {
      EXPECT_NEAR(values.mean().item<double>(), 0.05, 0.003) << name;
    }
  }
}

TEST_P(PicnnInitialisation, GatesAreOneAndKernelsNonNegativeWithoutContext) {
  const auto picnn = make_picnn(settings("gaussian"), {4, 3, 2}, GetParam().positivity);
  const auto zero = picnn.at(at::zeros({3}, at::kDouble), at::ones({2}, at::kDouble)).parts();
  std::size_t layer = 0;
  for (const auto& [name, tensor] : picnn.state()) {
    if (name.rfind("z.kernel", 0) != 0) continue;
    const bool softened = GetParam().positivity == Positivity::kSoftplus && layer < 3;
    if (GetParam().activation != "softplus") {  // phi(0) = 0, so that u stays 0
      EXPECT_LT(relative_difference(zero.w[layer], softened ? at::softplus(tensor) : tensor), 1e-12) << layer;
    }
    EXPECT_GE(zero.w[layer].min().item<double>(), 0.0);
    ++layer;
  }
  EXPECT_EQ(layer, 4u);
  EXPECT_EQ(picnn.convexity_violation(), 0.0);
}

// A target that is wider than the source bends g upwards, a narrower one f.
TEST_P(PicnnInitialisation, TheOutputRowGrowsFromZeroAndTheLayersBelowFollow) {
  for (const bool wider : {true, false}) {
    auto f = make_picnn(settings("identity"), {3, 2, 2}, GetParam().positivity, at::kDouble, 1);
    auto g = make_picnn(settings("identity"), {3, 2, 2}, GetParam().positivity, at::kDouble, 2);
    const AdamSettings adam{.learning_rate = 1e-3, .beta1 = 0.5, .beta2 = 0.9};
    Adam f_adam({f.trainable()}, adam);
    Adam g_adam({g.trainable()}, adam);
    DualTrainer trainer(g);
    const auto& growing = wider ? g : f;
    State before;
    for (const auto& [name, tensor] : growing.state()) before.emplace_back(name, tensor.clone());
    RandomStream stream(4, "cells");
    for (int step = 0; step < 6; ++step) {
      const auto c = one_hot(2, step % 2);
      const auto target = normal_tensor(stream, {64, 3}, wider ? 2.0 : 0.5, at::kDouble);
      (void)trainer.step({f, f_adam}, {g, g_adam},
                         {c, c, normal_tensor(stream, {128, 3}, 1.0, at::kDouble), target, 2, 1.0});
    }
    EXPECT_GT(growing.at(one_hot(2, 0), one_hot(2, 0)).parts().w.back().max().item<double>(), 0.0);
    std::size_t i = 0;
    for (const auto& [name, tensor] : growing.state()) {
      const auto& was = before[i++].second;
      // The constant of the output never matters, and of leaky_relu's g no bias behind the first layer does.
      const bool bias = name.find("x.bias") == 0 || name.find("x.shift") == 0;
      const bool still = name.back() == '4' || (GetParam().activation == "leaky_relu" && name.back() != '0');
      if (name == "offset" || (bias && still)) continue;
      EXPECT_GT((tensor - was).abs().max().item<double>(), 0.0) << name << (wider ? " of g" : " of f");
    }
  }
}

TEST_P(PicnnInitialisation, StaysConvexThroughTrainingUnlessOnlyPenalised) {
  auto f = make_picnn(settings("identity"), {3, 2, 2}, GetParam().positivity, at::kFloat, 1);
  auto g = make_picnn(settings("identity"), {3, 2, 2}, GetParam().positivity, at::kFloat, 2);
  const AdamSettings adam{.learning_rate = 1e-2, .beta1 = 0.5, .beta2 = 0.9};
  Adam f_adam({f.trainable()}, adam);
  Adam g_adam({g.trainable()}, adam);
  DualTrainer trainer(g);
  RandomStream stream(4, "cells");
  for (int step = 0; step < 20; ++step) {
    const auto c = one_hot(2, step % 2, at::kFloat);
    const auto losses =
        trainer.step({f, f_adam}, {g, g_adam},
                     {c, c, normal_tensor(stream, {128, 3}, 1.0), normal_tensor(stream, {64, 3}, 0.5) + 1, 2, 1.0});
    ASSERT_TRUE(std::isfinite(losses.map) && std::isfinite(losses.potential));
  }
  const auto c = one_hot(2, 0, at::kFloat);
  for (const auto& w : g.at(c, c).parts().w) {
    const double lowest = w.min().item<double>();
    if (GetParam().positivity != Positivity::kPenalty) {
      EXPECT_GE(lowest, 0.0);
    } else {
      EXPECT_GT(lowest, -0.2);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Choices, PicnnInitialisation, testing::ValuesIn(choices()));

// A pair whose weights are far from the exact start, where many gradients vanish; some kernels are negative.
class PicnnGradient : public testing::TestWithParam<Choice> {
 protected:
  PicnnGradient() {
    for (const auto* picnn : {&f_, &g_}) {
      auto trainable = picnn->trainable();
      trainable.add_(normal_tensor(stream_, {trainable.numel()}, 0.3, at::kDouble));
    }
  }
  static PicnnSettings settings() {
    PicnnSettings settings;
    settings.hidden = {4, 3};
    settings.context_width = 3;
    settings.activation = GetParam().activation;
    settings.penalty = 0.7;
    return settings;
  }
  [[nodiscard]] double penalty(const Picnn& picnn) const {
    return GetParam().positivity == Positivity::kPenalty ? settings().penalty * picnn.convexity_violation() : 0.0;
  }
  [[nodiscard]] double map_loss() const {
    const auto moved = g_.at(context_, kappa_).map(x_);
    return (f_.at(f_context_, kappa_).value(moved) - (x_ * moved).sum(1)).mean().item<double>() + penalty(g_);
  }
  [[nodiscard]] double potential_loss() const {
    const auto f = f_.at(f_context_, kappa_);
    return f.value(y_).mean().item<double>() - f.value(g_.at(context_, kappa_).map(x_)).mean().item<double>() +
           penalty(f_);
  }
  // The gradient of the map loss with respect to g, of the potential loss with respect to f.
  at::Tensor found(bool of_map, at::Tensor* context = nullptr) {
    auto f = f_.make_tape();
    auto g = g_.make_tape();
    f_.evaluate(f_context_, kappa_, f);
    g_.evaluate(context_, kappa_, g);
    MongeDual dual(f_.layout(), at::kDouble);
    auto weights = at::zeros_like(f.potential.weights());
    auto gradient = at::full_like(f_.trainable(), 99.0);
    if (of_map) {
      (void)dual.map_loss(f.potential, g.potential, x_, weights);
      g_.pull_back(g, weights, gradient, context);
    } else {
      (void)dual.potential_loss(f.potential, g.potential, x_, y_, weights);
      f_.pull_back(f, weights, gradient, context);
    }
    return gradient;
  }
  // Says which tensor is wrong.
  static void expect_equal(const Picnn& picnn, const at::Tensor& gradient, const at::Tensor& expected, double bound) {
    for (const auto& [name, tensor] : picnn.state()) {
      if (name == "offset") continue;
      const auto first = tensor.storage_offset();
      EXPECT_LT(
          relative_difference(gradient.narrow(0, first, tensor.numel()), expected.narrow(0, first, tensor.numel())),
          bound)
          << name;
    }
  }

  RandomStream stream_{5, "data"};
  Picnn f_ = make_picnn(settings(), {2, 3, 2}, GetParam().positivity, at::kDouble, 1);
  Picnn g_ = make_picnn(settings(), {2, 3, 2}, GetParam().positivity, at::kDouble, 2);
  at::Tensor x_ = normal_tensor(stream_, {6, 2}, 0.7, at::kDouble);
  at::Tensor y_ = normal_tensor(stream_, {5, 2}, 0.7, at::kDouble);
  at::Tensor context_ = normal_tensor(stream_, {3}, 1.0, at::kDouble);
  at::Tensor f_context_ = context_.clone();
  at::Tensor kappa_ = at::tensor({0.3, 0.9}, at::kDouble);
};

TEST_P(PicnnGradient, OfTheMapLossMatchesFiniteDifferencesForEveryParameter) {
  const auto gradient = found(true);
  expect_equal(g_, gradient, finite_difference([&] { return map_loss(); }, g_.trainable()), 1e-7);
}

TEST_P(PicnnGradient, OfThePotentialLossMatchesFiniteDifferencesForEveryParameter) {
  const auto gradient = found(false);
  expect_equal(f_, gradient, finite_difference([&] { return potential_loss(); }, f_.trainable()), 1e-7);
}

// What a learned description of the context is trained by.
TEST_P(PicnnGradient, OfTheContextMatchesFiniteDifferences) {
  auto context = at::full({3}, 99.0, at::kDouble);
  (void)found(true, &context);
  EXPECT_LT(relative_difference(context, finite_difference([&] { return map_loss(); }, context_)), 1e-7);
  (void)found(false, &context);
  EXPECT_LT(relative_difference(context, finite_difference([&] { return potential_loss(); }, f_context_)), 1e-7);
}

// The same network in tensor operations, whose gradients autograd finds by double backward.
class Reference {
 public:
  Reference(const Picnn& picnn, std::string activation, Positivity positivity)
      : flat_(picnn.trainable().clone().set_requires_grad(true)),
        activation_(std::move(activation)),
        positivity_(positivity) {
    for (const auto& [name, tensor] : picnn.state()) {
      if (name == "offset") continue;
      tensors_.emplace_back(name, flat_.narrow(0, tensor.storage_offset(), tensor.numel()).view(tensor.sizes()));
    }
  }
  [[nodiscard]] const at::Tensor& flat() const { return flat_; }
  [[nodiscard]] at::Tensor value(const at::Tensor& x, const at::Tensor& context, const at::Tensor& kappa) const {
    auto out = 0.5 * (1 - kappa.sum()) * x.square().sum(1);
    for (std::int64_t k = 0; k < kappa.size(0); ++k) {
      const auto m = at("quadratic.factor")[k];
      const auto moved = (x - at("quadratic.centre")[k]).mm(m.t());
      const auto at_zero = at("quadratic.centre")[k].matmul(m.t()).square().sum();
      out = out + 0.5 * kappa[k] * (moved.square().sum(1) - at_zero);
    }
    auto u = context.unsqueeze(0).expand({x.size(0), -1});  // a copy a row, as the published code has it
    at::Tensor z;
    for (std::size_t l = 0; l < 3; ++l) {
      const auto n = "." + std::to_string(l);
      auto a = (x * (u.mm(at("x.scale" + n).t()) + 1)).mm(at("x.kernel" + n).t()) + u.mm(at("x.shift" + n).t()) +
               at("x.bias" + n);
      if (l > 0) {
        const auto gate = at::softplus(u.mm(at("z.gate" + n).t()) + std::log(std::exp(1.0) - 1));
        a = a + (z * gate).mm(positive(at("z.kernel" + n), l == 2).t());
      }
      if (l == 2) return out + a.squeeze(1);
      z = phi(a);
      if (l == 0 && activation_ == "leaky_relu") z = z.square();
      u = phi(u.mm(at("context.kernel" + n).t()) + at("context.bias" + n));
    }
    return {};
  }

  [[nodiscard]] at::Tensor penalty() const {
    auto total = at::zeros({}, at::kDouble);
    if (positivity_ != Positivity::kPenalty) return total;
    for (const auto& name : {"z.kernel.1", "z.kernel.2"}) total = total + at(name).clamp_max(0).norm();
    return total;
  }

 private:
  [[nodiscard]] at::Tensor at(const std::string& name) const {
    return std::find_if(tensors_.begin(), tensors_.end(), [&](const auto& one) { return one.first == name; })->second;
  }
  [[nodiscard]] at::Tensor positive(const at::Tensor& v, bool output) const {
    if (positivity_ == Positivity::kSoftplus && !output) return at::softplus(v);
    return positivity_ == Positivity::kRectifier && !output ? v.clamp_min(0) : v;
  }
  [[nodiscard]] at::Tensor phi(const at::Tensor& a) const {
    if (activation_ == "leaky_relu") return at::leaky_relu(a, kLeakySlope);
    if (activation_ == "softplus") return at::softplus(a);
    if (activation_ == "celu") return at::celu(a);
    return 0.5 * at::relu(a).square();
  }

  at::Tensor flat_;
  std::string activation_;
  Positivity positivity_;
  State tensors_;
};

TEST_P(PicnnGradient, AgreesWithDoubleBackward) {
  const Reference f(f_, GetParam().activation, GetParam().positivity);
  const Reference g(g_, GetParam().activation, GetParam().positivity);
  const auto x = x_.clone().set_requires_grad(true);
  const auto moved =
      torch::autograd::grad({g.value(x, context_, kappa_).sum()}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true)
          .front();
  const auto map_loss =
      (f.value(moved, context_, kappa_) - (x * moved).sum(1)).mean() + settings().penalty * g.penalty();
  const auto map_gradient = torch::autograd::grad({map_loss}, {g.flat()}, {}, /*retain_graph=*/true).front();
  expect_equal(g_, found(true), map_gradient, 1e-10);
  const auto potential_loss = f.value(y_, context_, kappa_).mean() - f.value(moved.detach(), context_, kappa_).mean() +
                              settings().penalty * f.penalty();
  expect_equal(f_, found(false), torch::autograd::grad({potential_loss}, {f.flat()}).front(), 1e-10);
}

INSTANTIATE_TEST_SUITE_P(Choices, PicnnGradient, testing::ValuesIn(choices()));

TEST(PicnnConvexity, OnlyThePenaltyLeavesAViolation) {
  PicnnSettings settings;
  settings.hidden = {4, 3};
  for (const auto& name : positivity_names()) {
    auto picnn = make_picnn(settings, {2, 2, 1}, positivity_from(name));
    auto trainable = picnn.trainable();
    trainable.sub_(1.0);
    EXPECT_GT(picnn.convexity_violation(), 0.0) << name;  // at least the output row, which is never reparametrised
    picnn.after_update();
    EXPECT_EQ(picnn.convexity_violation() > 0.0, name == "penalty") << name;
    const auto c = at::zeros({2}, at::kDouble);
    for (const auto& w : picnn.at(c, at::ones({1}, at::kDouble)).parts().w) {
      EXPECT_EQ(w.min().item<double>() < 0.0, name == "penalty") << name;
    }
  }
}

TEST(PicnnConvexity, UnknownPositivityIsNamed) { EXPECT_THROW((void)positivity_from("clip"), Error); }

}  // namespace picnn_test
}  // namespace brenier::models
