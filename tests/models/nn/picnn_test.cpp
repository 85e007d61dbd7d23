#include "models/nn/picnn.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace picnn_test {

Picnn make_picnn(const PicnnSettings& settings, const PicnnShape& shape, at::ScalarType dtype = at::kDouble) {
  RandomStream stream(13, "picnn");
  return Picnn(settings, shape, stream, dtype);
}

TEST(PicnnInitialisation, IdentityMapIsTheIdentityAtStepZero) {
  for (const std::int64_t d : {2, 10, 50}) {
    PicnnSettings settings;
    settings.initialisation = "identity";
    const auto picnn = make_picnn(settings, {d, 9, 9}, at::kFloat);
    RandomStream stream(1, "points");
    const auto x = normal_tensor(stream, {256, d}, 1.0);
    const c10::NoGradGuard no_grad;
    for (std::int64_t k = 0; k < 9; ++k) {
      const auto context = at::zeros({9}).index_fill_(0, at::tensor({k}), 1.0);
      const auto map = potential_gradient(picnn.at(context, context), picnn.activation(), x);
      EXPECT_LT((map - x).abs().max().item<double>(), 1e-6) << "d " << d << ", context " << k;
    }
  }
}

TEST(PicnnInitialisation, GatesAreOneAndConvexKernelsNonNegativeWithoutContext) {
  PicnnSettings settings;
  const auto picnn = make_picnn(settings, {4, 3, 2});
  const c10::NoGradGuard no_grad;
  const auto zero = picnn.at(at::zeros({3}, at::kDouble), at::ones({2}, at::kDouble));
  std::size_t layer = 0;
  for (const auto& [name, tensor] : picnn.state()) {
    if (name.rfind("z.kernel", 0) != 0) continue;
    EXPECT_LT(relative_difference(zero.w[layer], tensor), 1e-12) << "layer " << layer;
    EXPECT_GE(tensor.min().item<double>(), 0.0);
    ++layer;
  }
  EXPECT_EQ(layer, 4u);
  EXPECT_EQ(picnn.convexity_violation(), 0.0);
}

TEST(PicnnInitialisation, SetQuadraticsGivesTheAffineMap) {
  PicnnSettings settings;
  auto picnn = make_picnn(settings, {3, 2, 2});
  RandomStream stream(3, "quadratics");
  const auto factors = normal_tensor(stream, {2, 3, 3}, 1.0, at::kDouble);
  const auto centres = normal_tensor(stream, {2, 3}, 1.0, at::kDouble);
  picnn.set_quadratics(factors, centres);
  const auto x = normal_tensor(stream, {5, 3}, 1.0, at::kDouble);
  const c10::NoGradGuard no_grad;
  const auto one_hot = at::tensor({0.0, 1.0}, at::kDouble);
  const auto map = potential_gradient(picnn.at(one_hot, one_hot), picnn.activation(), x);
  const auto expected = (x - centres[1]).mm(factors[1].t().mm(factors[1]));
  EXPECT_LT(relative_difference(map, expected), 1e-12);
}

class PicnnGradient : public testing::TestWithParam<std::string> {};

TEST_P(PicnnGradient, PullBackMatchesFiniteDifferencesForEveryParameter) {
  PicnnSettings settings;
  settings.hidden = {4, 3};
  settings.context_width = 3;
  settings.activation = GetParam();
  settings.initialisation = "gaussian";
  auto picnn = make_picnn(settings, {2, 3, 2});
  RandomStream stream(5, "data");
  {
    const c10::NoGradGuard no_grad;  // move away from the exact start, where many gradients vanish
    for (const auto& tensor : picnn.trainable()) {
      tensor.detach().add_(normal_tensor(stream, tensor.sizes().vec(), 0.3, at::kDouble));
    }
  }
  const auto x = normal_tensor(stream, {6, 2}, 1.0, at::kDouble);
  const auto v = normal_tensor(stream, {6, 2}, 1.0, at::kDouble);
  const auto context = normal_tensor(stream, {3}, 1.0, at::kDouble);
  const auto kappa = at::tensor({0.3, 0.7}, at::kDouble);

  const auto tracked = picnn.at(context, kappa);
  PotentialWeights plain;
  PotentialWeights gradient;
  {
    const c10::NoGradGuard no_grad;
    plain = picnn.at(context, kappa);
    gradient = PotentialSweep(plain, picnn.activation(), x).map_weight_gradient(v);
  }
  const auto gradients = picnn.pull_back(tracked, gradient);
  ASSERT_EQ(gradients.size(), picnn.trainable().size());
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto numeric = finite_difference(
        [&] { return (potential_gradient(picnn.at(context, kappa), picnn.activation(), x) * v).sum().item<double>(); },
        picnn.trainable()[i]);
    EXPECT_LT(relative_difference(gradients[i], numeric), 1e-7) << "parameter " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, PicnnGradient, testing::ValuesIn(activation_names()));

TEST(PicnnConvexity, PenaltyGradientMatchesFiniteDifferencesAndProjectionRemovesTheViolation) {
  PicnnSettings settings;
  settings.hidden = {4, 3};
  auto picnn = make_picnn(settings, {2, 2, 1});
  RandomStream stream(9, "noise");
  {
    const c10::NoGradGuard no_grad;
    for (const auto& tensor : picnn.trainable()) {
      tensor.detach().add_(normal_tensor(stream, tensor.sizes().vec(), 0.5, at::kDouble));
    }
  }
  std::vector<at::Tensor> gradients;
  for (const auto& tensor : picnn.trainable()) gradients.push_back(at::zeros_like(tensor.detach()));
  picnn.add_convexity_gradient(gradients, 2.0);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto numeric = finite_difference([&] { return 2.0 * picnn.convexity_violation(); }, picnn.trainable()[i]);
    EXPECT_LT(relative_difference(gradients[i], numeric), 1e-7) << "parameter " << i;
  }
  EXPECT_GT(picnn.convexity_violation(), 0.0);
  picnn.project_convex();
  EXPECT_EQ(picnn.convexity_violation(), 0.0);
}

}  // namespace picnn_test
}  // namespace brenier::models
