#include "models/nn/conjugate.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "models/nn/initialise.h"
#include "models/nn/monge_dual.h"
#include "tests/models/nn/finite_difference.h"
#include "tests/models/nn/random_potential.h"

namespace brenier::models {
namespace conjugate_test {

// A potential that is strongly convex enough for every conjugate to exist.
Potential convex_potential(std::int64_t d, Activation activation, std::uint64_t seed) {
  auto potential = random_potential(d, {8, 6}, activation, seed);
  potential.parts().quadratic.add_(0.3 * at::eye(d, at::kDouble));
  potential.complete();
  return potential;
}

ConjugateSettings tight() { return {.tolerance = 1e-10, .iterations = 200, .memory = 10}; }

TEST(Conjugate, OfAQuadraticIsExactInOneStep) {
  for (const std::int64_t d : {2, 10, 50}) {
    RandomStream stream(2, "quadratic");
    Potential potential(PotentialLayout(d, {4}), Activation::kSoftplus, at::kDouble);
    const auto m = normal_tensor(stream, {d, d}, 1.0 / std::sqrt(static_cast<double>(d)), at::kDouble);
    const auto p = m.t().mm(m) + 0.2 * at::eye(d, at::kDouble);
    const auto q = normal_tensor(stream, {d}, 1.0, at::kDouble);
    potential.parts().quadratic.copy_(p);
    potential.parts().linear.copy_(q);
    potential.complete();
    const auto y = normal_tensor(stream, {40, d}, 2.0, at::kDouble);
    const auto expected = 0.5 * ((y - q).mm(p.inverse()) * (y - q)).sum(1);
    for (const auto& start : {at::Tensor(), normal_tensor(stream, {40, d}, 3.0, at::kDouble)}) {
      const auto found = conjugate(potential, y, start, {.tolerance = 1e-9});
      EXPECT_LT(relative_difference(found.value, expected), 1e-9) << d;
      EXPECT_LE(found.iterations, start.defined() ? 1 : 0);
      EXPECT_EQ(found.unsolved, 0);
    }
    Potential single(potential.layout(), potential.activation(), at::kFloat);
    single.weights().copy_(potential.weights());
    single.complete();
    const auto found = conjugate(single, y.to(at::kFloat), {}, {});
    EXPECT_LT(relative_difference(found.value.to(at::kDouble), expected), 1e-6) << d;
  }
}

class ConjugateOf : public testing::TestWithParam<std::string> {
 protected:
  Activation activation_ = activation_from(GetParam());
  Potential f_ = convex_potential(4, activation_, 5);
  RandomStream stream_{9, "points"};
  at::Tensor x_ = normal_tensor(stream_, {60, 4}, 0.7, at::kDouble);
};

TEST_P(ConjugateOf, InvertsTheMap) {
  const auto y = f_.map(x_);
  const auto found = conjugate(f_, y, {}, tight());
  EXPECT_EQ(found.unsolved, 0);
  EXPECT_LT(found.residual.max().item<double>(), 1e-10);
  EXPECT_LT(relative_difference(found.argument, x_), 1e-7);
  EXPECT_LT(relative_difference(found.value, (x_ * y).sum(1) - f_.value(x_)), 1e-9);
}

TEST_P(ConjugateOf, FenchelYoungGapIsNeverNegative) {
  const auto y = normal_tensor(stream_, {60, 4}, 2.0, at::kDouble);
  const auto value = conjugate(f_, y, {}, tight()).value;
  const auto gap = f_.value(x_).unsqueeze(1) + value.unsqueeze(0) - x_.mm(y.t());
  EXPECT_GT(gap.min().item<double>(), -1e-9);
  // And no bound from too few iterations is above it.
  const auto early = conjugate(f_, y, {}, {.tolerance = 1e-10, .iterations = 2}).value;
  EXPECT_LT((early - value).max().item<double>(), 1e-9);
}

TEST_P(ConjugateOf, AWarmStartNeedsNoIterations) {
  const auto y = f_.map(x_);
  const auto first = conjugate(f_, y, {}, {});
  EXPECT_GT(first.iterations, 0);
  const auto again = conjugate(f_, y, first.argument, {});
  EXPECT_EQ(again.iterations, 0);
  EXPECT_TRUE(again.value.equal(first.value));
}

// Envelope theorem: d/dtheta (mean f(x) + mean f*(y)) is that of mean f(x) - mean f(x*) with x* fixed.
TEST_P(ConjugateOf, EnvelopeGradientMatchesFiniteDifferences) {
  const auto inside = normal_tensor(stream_, {7, 4}, 0.5, at::kDouble);
  const auto y = f_.map(inside).clone();
  const auto x = x_.narrow(0, 0, 5);
  const auto loss = [&] {
    f_.complete();
    return f_.value(x).mean().item<double>() +
           conjugate(f_, y, inside, {.tolerance = 1e-13, .iterations = 100}).value.mean().item<double>();
  };
  auto gradient = at::zeros_like(f_.weights());
  MongeDual dual(f_.layout(), at::kDouble);
  (void)dual.difference(f_, x, conjugate(f_, y, {}, tight()).argument, gradient);
  const auto weights = f_.parts().list();
  const auto found = parts_of(f_.layout(), gradient).list();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (std::int64_t k = 0; k < std::min<std::int64_t>(weights[i].numel(), 12); ++k) {
      auto entry = weights[i].dim() > 1 ? weights[i][k / weights[i].size(1)][k % weights[i].size(1)] : weights[i][k];
      auto own = found[i].dim() > 1 ? found[i][k / weights[i].size(1)][k % weights[i].size(1)] : found[i][k];
      if (i == 0 && k / 4 != k % 4) continue;  // P is symmetric: an entry off the diagonal has no meaning alone
      EXPECT_NEAR(own.item<double>(), finite_difference(loss, entry).item<double>(), 1e-7) << i << ", " << k;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Activations, ConjugateOf, testing::ValuesIn(activation_names()));

TEST(ConjugateLimits, CountsThePointsThatItDidNotReach) {
  const auto f = convex_potential(4, Activation::kSoftplus, 5);
  RandomStream stream(9, "points");
  const auto y = normal_tensor(stream, {30, 4}, 2.0, at::kDouble);
  const auto cut = conjugate(f, y, at::full_like(y, 5.0), {.tolerance = 1e-12, .iterations = 1});
  EXPECT_GT(cut.unsolved, 0);
  EXPECT_EQ((cut.residual > 1e-12).sum().item<std::int64_t>(), cut.unsolved);
  EXPECT_THROW((void)conjugate(f, y, y.narrow(0, 0, 3), {}), Error);
  EXPECT_THROW((void)conjugate(f, y.narrow(1, 0, 3), {}, {}), Error);
}

}  // namespace conjugate_test
}  // namespace brenier::models
