#include "models/nn/icnn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace icnn_test {

PotentialWeights random_weights(std::int64_t d, const std::vector<std::int64_t>& hidden, std::uint64_t seed) {
  RandomStream stream(seed, "icnn test");
  PotentialWeights weights;
  const auto m = normal_tensor(stream, {d, d}, 0.5, at::kDouble);
  weights.quadratic = m.t().mm(m);
  weights.linear = normal_tensor(stream, {d}, 0.5, at::kDouble);
  for (std::size_t l = 0; l <= hidden.size(); ++l) {
    const std::int64_t width = l == hidden.size() ? 1 : hidden[l];
    weights.a.push_back(normal_tensor(stream, {width, d}, 0.7, at::kDouble));
    weights.b.push_back(normal_tensor(stream, {width}, 0.7, at::kDouble));
    if (l > 0) weights.w.push_back(uniform_tensor(stream, {width, hidden[l - 1]}, 0.0, 0.6, at::kDouble));
  }
  return weights;
}

class Icnn : public testing::TestWithParam<std::string> {
 protected:
  Activation activation_ = activation_from(GetParam());
  PotentialWeights weights_ = random_weights(3, {5, 4, 3}, 11);
  RandomStream stream_{7, "points"};
  at::Tensor x_ = normal_tensor(stream_, {6, 3}, 1.0, at::kDouble);
  at::Tensor v_ = normal_tensor(stream_, {6, 3}, 1.0, at::kDouble);
};

TEST_P(Icnn, MapIsTheGradientOfThePotential) {
  const auto numeric =
      finite_difference([&] { return potential_value(weights_, activation_, x_).sum().item<double>(); }, x_);
  EXPECT_LT(relative_difference(potential_gradient(weights_, activation_, x_), numeric), 1e-7);
}

TEST_P(Icnn, ValueWeightGradientMatchesFiniteDifferences) {
  const auto c = v_.select(1, 0).contiguous();
  const auto gradient = value_weight_gradient(weights_, activation_, x_, c).list();
  const auto tensors = weights_.list();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto numeric =
        finite_difference([&] { return potential_value(weights_, activation_, x_).dot(c).item<double>(); }, tensors[i]);
    EXPECT_LT(relative_difference(gradient[i], numeric), 1e-7) << "tensor " << i;
  }
}

TEST_P(Icnn, MapWeightGradientMatchesFiniteDifferences) {
  const auto gradient = PotentialSweep(weights_, activation_, x_).map_weight_gradient(v_).list();
  const auto tensors = weights_.list();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    auto numeric = finite_difference(
        [&] { return (potential_gradient(weights_, activation_, x_) * v_).sum().item<double>(); }, tensors[i]);
    if (i == 0) numeric = 0.5 * (numeric + numeric.t());  // P is symmetric: only that part means something
    EXPECT_LT(relative_difference(gradient[i], numeric), 1e-7) << "tensor " << i;
  }
}

TEST_P(Icnn, IsConvexAlongRandomSegments) {
  const auto y = v_ * 3;
  const auto middle = 0.5 * (x_ + y);
  const auto chord = 0.5 * (potential_value(weights_, activation_, x_) + potential_value(weights_, activation_, y));
  const auto value = potential_value(weights_, activation_, middle);
  EXPECT_TRUE((value <= chord + 1e-12).all().item<bool>());
}

TEST_P(Icnn, SweepValueEqualsPotentialValue) {
  const PotentialSweep sweep(weights_, activation_, x_);
  EXPECT_LT(relative_difference(sweep.value(), potential_value(weights_, activation_, x_)), 1e-14);
}

INSTANTIATE_TEST_SUITE_P(Activations, Icnn, testing::ValuesIn(activation_names()));

TEST(IcnnBias, LeakyReluBiasesBehindTheFirstLayerGetNoGradientFromTheMap) {
  const auto weights = random_weights(3, {5, 4, 3}, 3);
  RandomStream stream(5, "points");
  const auto x = normal_tensor(stream, {8, 3}, 1.0, at::kDouble);
  const auto v = normal_tensor(stream, {8, 3}, 1.0, at::kDouble);
  const auto leaky = PotentialSweep(weights, Activation::kLeakyRelu, x).map_weight_gradient(v);
  EXPECT_GT(leaky.b[0].abs().max().item<double>(), 0.0);
  EXPECT_EQ(leaky.b[1].abs().max().item<double>(), 0.0);
  const auto smooth = PotentialSweep(weights, Activation::kSoftplus, x).map_weight_gradient(v);
  EXPECT_GT(smooth.b[1].abs().max().item<double>(), 0.0);
}

}  // namespace icnn_test
}  // namespace brenier::models
