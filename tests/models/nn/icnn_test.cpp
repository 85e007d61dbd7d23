#include "models/nn/icnn.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"
#include "tests/models/nn/random_potential.h"

namespace brenier::models {
namespace icnn_test {

class Icnn : public testing::TestWithParam<std::string> {
 protected:
  Activation activation_ = activation_from(GetParam());
  Potential potential_ = random_potential(3, {5, 4, 3}, activation_, 11);
  RandomStream stream_{7, "points"};
  at::Tensor x_ = normal_tensor(stream_, {6, 3}, 1.0, at::kDouble);
};

TEST_P(Icnn, MapIsTheGradientOfThePotential) {
  const auto numeric = finite_difference([&] { return potential_.value(x_).sum().item<double>(); }, x_);
  EXPECT_LT(relative_difference(potential_.map(x_), numeric), 1e-7);
}

TEST_P(Icnn, IsConvexAlongRandomSegments) {
  const auto y = 3 * normal_tensor(stream_, {6, 3}, 1.0, at::kDouble);
  const auto middle = 0.5 * (x_ + y);
  const auto chord = 0.5 * (potential_.value(x_) + potential_.value(y));
  EXPECT_TRUE((potential_.value(middle) <= chord + 1e-12).all().item<bool>());
}

TEST_P(Icnn, Float32AgreesWithFloat64) {
  Potential single(potential_.layout(), activation_, at::kFloat);
  single.weights().copy_(potential_.weights());
  single.complete();
  EXPECT_LT(relative_difference(single.map(x_.to(at::kFloat)), potential_.map(x_).to(at::kFloat)), 1e-5);
  EXPECT_LT(relative_difference(single.value(x_.to(at::kFloat)), potential_.value(x_).to(at::kFloat)), 1e-5);
}

// The formula of the header in tensor operations.
TEST_P(Icnn, ValueIsTheFormula) {
  const auto parts = potential_.parts();
  const auto phi = [&](const at::Tensor& a) {
    switch (activation_) {
      case Activation::kLeakyRelu:
        return at::leaky_relu(a, kLeakySlope);
      case Activation::kSoftplus:
        return at::softplus(a);
      case Activation::kCelu:
        return at::celu(a);
      case Activation::kSquaredRelu:
        return 0.5 * a.clamp_min(0).square();
    }
    return at::Tensor();
  };
  auto z = phi(x_.mm(parts.a[0].t()) + parts.b[0]);
  if (activation_ == Activation::kLeakyRelu) z = z.square();
  for (std::size_t l = 1; l < parts.a.size(); ++l) {
    z = phi(z.mm(parts.w[l - 1].t()) + x_.mm(parts.a[l].t()) + parts.b[l]);
  }
  const auto expected = 0.5 * (x_.mm(parts.quadratic) * x_).sum(1) + x_.mv(parts.linear) +
                        z.mm(parts.w.back().t()).squeeze(1) + parts.b.back();
  EXPECT_LT(relative_difference(potential_.value(x_), expected), 1e-13);
}

TEST_P(Icnn, RowsDoNotDependOnTheirNeighbours) {
  const auto many = normal_tensor(stream_, {3000, 3}, 1.0, at::kDouble);
  const auto map = potential_.map(many);
  for (const std::int64_t row : {0, 63, 64, 1023, 1024, 2999}) {
    EXPECT_TRUE(map[row].equal(potential_.map(many.narrow(0, row, 1))[0])) << "row " << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, Icnn, testing::ValuesIn(activation_names()));

TEST(IcnnErrors, RefusesPointsOfAnotherWidthOrType) {
  const auto potential = random_potential(3, {4}, Activation::kCelu, 1);
  EXPECT_THROW((void)potential.map(at::zeros({5, 2}, at::kDouble)), Error);
  EXPECT_THROW((void)potential.map(at::zeros({5, 3}, at::kFloat)), Error);
  EXPECT_THROW((void)potential.value(at::zeros({3}, at::kDouble)), Error);
}

}  // namespace icnn_test
}  // namespace brenier::models
