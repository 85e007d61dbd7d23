#include "models/nn/monge_dual.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"
#include "tests/models/nn/random_potential.h"

namespace brenier::models {
namespace monge_dual_test {

double map_loss(const Potential& f, const Potential& g, const at::Tensor& x) {
  const auto moved = g.map(x);
  return (f.value(moved) - (x * moved).sum(1)).mean().item<double>();
}

double potential_loss(const Potential& f, const Potential& g, const at::Tensor& x, const at::Tensor& y) {
  return f.value(y).mean().item<double>() - f.value(g.map(x)).mean().item<double>();
}

class MongeDualGradient : public testing::TestWithParam<std::string> {
 protected:
  // Every part of the weights; P is symmetric, so only that part of its gradient means something.
  static void expect_gradient(Potential& potential, const at::Tensor& gradient, const std::function<double()>& loss) {
    const auto weights = potential.parts().list();
    const auto found = parts_of(potential.layout(), gradient).list();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      auto value = weights[i];
      auto numeric = at::zeros_like(value, at::MemoryFormat::Contiguous);
      auto own = found[i];
      for (std::int64_t r = 0; r < value.size(0); ++r) {
        for (std::int64_t c = 0; c < (value.dim() > 1 ? value.size(1) : 1); ++c) {
          auto entry = value.dim() > 1 ? value[r][c] : value[r];
          auto out = value.dim() > 1 ? numeric[r][c] : numeric[r];
          out.copy_(finite_difference(
              [&] {
                potential.complete();
                return loss();
              },
              entry));
        }
      }
      potential.complete();
      if (i == 0) {
        numeric = 0.5 * (numeric + numeric.t());
        own = 0.5 * (own + own.t());
      }
      EXPECT_LT(relative_difference(own, numeric), 1e-7) << "part " << i;
    }
  }

  Activation activation_ = activation_from(GetParam());
  Potential f_ = random_potential(3, {5, 4, 3}, activation_, 21);
  Potential g_ = random_potential(3, {5, 4, 3}, activation_, 22);
  RandomStream stream_{8, "points"};
  at::Tensor x_ = normal_tensor(stream_, {7, 3}, 0.5, at::kDouble);
  at::Tensor y_ = normal_tensor(stream_, {5, 3}, 0.5, at::kDouble);
  MongeDual dual_{f_.layout(), at::kDouble};
  at::Tensor gradient_ = at::zeros_like(f_.weights());
};

TEST_P(MongeDualGradient, OfTheMapLossMatchesFiniteDifferences) {
  EXPECT_NEAR(dual_.map_loss(f_, g_, x_, gradient_), map_loss(f_, g_, x_), 1e-12);
  expect_gradient(g_, gradient_, [&] { return map_loss(f_, g_, x_); });
}

TEST_P(MongeDualGradient, OfThePotentialLossMatchesFiniteDifferences) {
  const auto loss = dual_.potential_loss(f_, g_, x_, y_, gradient_);
  EXPECT_NEAR(loss.value(), potential_loss(f_, g_, x_, y_), 1e-12);
  EXPECT_NEAR(loss.target, f_.value(y_).mean().item<double>(), 1e-12);
  expect_gradient(f_, gradient_, [&] { return potential_loss(f_, g_, x_, y_); });
}

// Many parts of several blocks, the last ones not full: the mean over rows must be that of single rows.
TEST_P(MongeDualGradient, OfManyRowsIsTheMeanOfSingleRows) {
  const auto x = normal_tensor(stream_, {1100, 3}, 0.5, at::kDouble);
  const auto y = normal_tensor(stream_, {70, 3}, 0.5, at::kDouble);
  auto sum = at::zeros_like(gradient_);
  double loss = 0.0;
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    loss += dual_.map_loss(f_, g_, x.narrow(0, i, 1), gradient_);
    sum += gradient_;
  }
  EXPECT_NEAR(dual_.map_loss(f_, g_, x, gradient_), loss / 1100, 1e-10);
  const auto compare = [&](const at::Tensor& expected) {
    const auto left = parts_of(g_.layout(), gradient_).list();
    const auto right = parts_of(g_.layout(), expected).list();
    for (std::size_t i = 0; i < left.size(); ++i) EXPECT_LT(relative_difference(left[i], right[i]), 1e-12) << i;
  };
  compare(sum / 1100);

  sum.zero_();
  for (std::int64_t i = 0; i < x.size(0); ++i) {
    (void)dual_.potential_loss(f_, g_, x.narrow(0, i, 1), y, gradient_);
    sum += gradient_;
  }
  (void)dual_.potential_loss(f_, g_, x, y, gradient_);
  compare(sum / 1100);
}

TEST_P(MongeDualGradient, DoesNotDependOnTheNumberOfThreads) {
  const auto x = normal_tensor(stream_, {300, 3}, 0.5, at::kDouble);
  const int before = at::get_num_threads();
  std::vector<at::Tensor> gradients;
  std::vector<double> losses;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    MongeDual dual(f_.layout(), at::kDouble);
    losses.push_back(dual.map_loss(f_, g_, x, gradient_));
    gradients.push_back(gradient_.clone());
    losses.push_back(dual.potential_loss(f_, g_, x, y_, gradient_).value());
    gradients.push_back(gradient_.clone());
  }
  at::set_num_threads(before);
  for (std::size_t i = 2; i < gradients.size(); ++i) {
    EXPECT_EQ(losses[i], losses[i % 2]);
    EXPECT_TRUE(gradients[i].equal(gradients[i % 2])) << i;
  }
}

TEST_P(MongeDualGradient, Float32AgreesWithFloat64) {
  const auto single = [](const Potential& potential) {
    Potential copy(potential.layout(), potential.activation(), at::kFloat);
    copy.weights().copy_(potential.weights());
    copy.complete();
    return copy;
  };
  auto rounded = at::zeros_like(f_.weights(), at::kFloat);
  MongeDual dual(f_.layout(), at::kFloat);
  (void)dual.map_loss(single(f_), single(g_), x_.to(at::kFloat), rounded);
  (void)dual_.map_loss(f_, g_, x_, gradient_);
  EXPECT_LT(relative_difference(rounded.to(at::kDouble), gradient_), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Activations, MongeDualGradient, testing::ValuesIn(activation_names()));

TEST(MongeDualBias, LeakyReluBiasesBehindTheFirstLayerGetNoGradientFromTheMap) {
  RandomStream stream(5, "points");
  const auto x = normal_tensor(stream, {8, 3}, 1.0, at::kDouble);
  const auto biases = [&](Activation activation) {
    const auto f = random_potential(3, {5, 4, 3}, activation, 3);
    const auto g = random_potential(3, {5, 4, 3}, activation, 4);
    auto gradient = at::zeros_like(f.weights());
    (void)MongeDual(f.layout(), at::kDouble).map_loss(f, g, x, gradient);
    return parts_of(f.layout(), gradient).b;
  };
  EXPECT_GT(biases(Activation::kLeakyRelu)[0].abs().max().item<double>(), 0.0);
  EXPECT_EQ(biases(Activation::kLeakyRelu)[1].abs().max().item<double>(), 0.0);
  for (const auto smooth : {Activation::kSoftplus, Activation::kCelu, Activation::kSquaredRelu}) {
    EXPECT_GT(biases(smooth)[1].abs().max().item<double>(), 0.0);
  }
}

}  // namespace monge_dual_test
}  // namespace brenier::models
