// Transport on the line: golden values, agreement with the network simplex method, potentials, gradients, refusals.
#include "ot/exact/one_dimensional.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "ot/exact/network_simplex.h"
#include "ot/exact/wasserstein_1d.h"
#include "tests/core/throws.h"
#include "tests/ot/exact/difference.h"
#include "tests/ot/exact/problems.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {
namespace one_dimensional_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::error_text;

// First coordinates of K(8, 11, 2).
struct Line {
  GoldenData data = golden_data(8, 11, 2);
  std::vector<double> x;
  std::vector<double> y;
  Line() {
    for (std::size_t i = 0; i < 8; ++i) x.push_back(data.x[2 * i]);
    for (std::size_t j = 0; j < 11; ++j) y.push_back(data.y[2 * j]);
  }
};

std::vector<double> line_cost(const std::vector<double>& x, const std::vector<double>& y, double p) {
  std::vector<double> cost;
  for (const double from : x) {
    for (const double to : y) cost.push_back(std::pow(std::abs(from - to), p));
  }
  return cost;
}

TEST(OneDimensional, Case15GoldenValues) {
  const Line line;
  EXPECT_NEAR(one_dimensional_transport(line.x, line.y, line.data.a, line.data.b, 2).value, 0.09373481458037418, 1e-15);
  EXPECT_NEAR(one_dimensional_transport(line.x, line.y, line.data.a, line.data.b, 1).value, 0.29573043087718304, 1e-15);
}

TEST(OneDimensional, PotentialsStartAtTheSmallestPair) {
  const std::vector<double> x = {2.0, 0.5};
  const std::vector<double> y = {3.0, 1.0, 4.0};
  const ExactPlan plan =
      one_dimensional_transport(x, y, std::vector<double>{0.6, 0.4}, std::vector<double>{0.5, 0.3, 0.2}, 2);
  EXPECT_EQ(plan.f[1], 0.0);
  EXPECT_EQ(plan.g[1], 0.25);               // C(0.5, 1)
  EXPECT_DOUBLE_EQ(plan.g[0], 6.25);        // new column 3.0 while at 0.5: 6.25 - 0
  EXPECT_DOUBLE_EQ(plan.f[0], 1.0 - 6.25);  // new row 2.0: C(2, 3) - g
  EXPECT_DOUBLE_EQ(plan.g[2], 4.0 + 5.25);  // new column 4.0: C(2, 4) - f
  EXPECT_EQ(plan.rows, (std::vector<std::int64_t>{0, 0, 1, 1}));
  EXPECT_EQ(plan.columns, (std::vector<std::int64_t>{0, 2, 0, 1}));
}

TEST(OneDimensional, Case18TranslationCostsItsLength) {
  const std::vector<double> weights = {0.25, 0.25, 0.25, 0.25};
  const std::vector<double> x = {0.5, -2.0, 3.25, 0.0};
  const std::vector<double> moved = {1.5, -1.0, 4.25, 1.0};
  for (const double p : {1.0, 2.0, 3.0})
    EXPECT_EQ(one_dimensional_transport(x, moved, weights, weights, p).value, 1.0) << p;
}

RC_GTEST_PROP(OneDimensional, ProvesItselfAndAgreesWithTheNetworkSimplex, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  for (const double p : {1.0, 1.5, 2.0, 3.0}) {
    ExactProblem problem = random_problem(random, 40);
    const bool grid = random.below(2) == 0;  // points that coincide
    const auto points = [&](std::size_t count) {
      std::vector<double> out;
      for (std::size_t i = 0; i < count; ++i)
        out.push_back(grid ? static_cast<double>(random.below(8)) : random.normal());
      return out;
    };
    const std::vector<double> x = points(problem.n);
    const std::vector<double> y = points(problem.m);
    problem.cost = line_cost(x, y, p);
    const ExactPlan plan = one_dimensional_transport(x, y, problem.a, problem.b, p);
    RC_ASSERT(optimality_error(problem, plan) <= 1e-13);
    RC_ASSERT(std::abs(plan.gap) <= 1e-13 * (1 + plan.value));
    RC_ASSERT(plan.mass.size() < problem.n + problem.m);
    const double other = network_simplex(problem.cost, problem.a, problem.b).value;
    RC_ASSERT(std::abs(plan.value - other) <= 1e-12 * (1 + other));
    // One row and column more, without mass, at the end: nothing may move.
    std::vector<double> longer_x = x;
    std::vector<double> longer_a = problem.a;
    longer_x.push_back(1e3);
    longer_a.push_back(0.0);
    const ExactPlan longer = one_dimensional_transport(longer_x, y, longer_a, problem.b, p);
    RC_ASSERT(longer.value == plan.value);
    RC_ASSERT(longer.rows == plan.rows);
  }
}

TEST(Wasserstein1d, GradientsAreCentralDifferences) {
  const Line line;
  const at::Tensor x = tensor(line.x, {8});
  const at::Tensor y = tensor(line.y, {11});
  const at::Tensor a = tensor(line.data.a, {8});
  const at::Tensor b = tensor(line.data.b, {11});
  for (const double p : {1.0, 1.5, 2.0, 3.0}) {
    EXPECT_LE(difference_error([&](const at::Tensor& v) { return wasserstein_1d(v, y, a, b, p); }, x, false), 1e-7);
    EXPECT_LE(difference_error([&](const at::Tensor& v) { return wasserstein_1d(x, v, a, b, p); }, y, false), 1e-7);
    EXPECT_LE(difference_error([&](const at::Tensor& v) { return wasserstein_1d(x, y, v, b, p); }, a, true), 1e-7);
    EXPECT_LE(difference_error([&](const at::Tensor& v) { return wasserstein_1d(x, y, a, v, p); }, b, true), 1e-7);
  }
}

// Equal weights are a kink of the value in the weights: the gradient is the mean of both sides.
TEST(Wasserstein1d, EqualWeightsTakeTheMeanOfBothSides) {
  const Line line;
  const at::Tensor x = tensor(line.x, {8});
  const at::Tensor y = tensor(line.y, {11}).slice(0, 0, 8);
  const at::Tensor uniform = at::full({8}, 0.125, at::kDouble);
  EXPECT_LE(difference_error([&](const at::Tensor& v) { return wasserstein_1d(x, y, v, uniform); }, uniform, true),
            1e-7);
  const at::Tensor leaf = uniform.clone().requires_grad_(true);
  const at::Tensor gradient = torch::autograd::grad({wasserstein_1d(x, y, leaf, uniform)}, {leaf})[0];
  EXPECT_NEAR(gradient.sum().item<double>(), 0.0, 1e-14);
  EXPECT_EQ(wasserstein_1d(x, y).item<double>(), wasserstein_1d(x, y, uniform, uniform).item<double>());
}

TEST(Wasserstein1d, ValueIsTheSameWithAndWithoutGradient) {
  const Line line;
  const at::Tensor x = tensor(line.x, {8});
  const at::Tensor y = tensor(line.y, {11});
  const at::Tensor leaf = x.clone().requires_grad_(true);
  const at::Tensor value = wasserstein_1d(leaf, y);
  EXPECT_TRUE(value.requires_grad());
  EXPECT_FALSE(wasserstein_1d(x, y).requires_grad());
  EXPECT_EQ(value.item<double>(), wasserstein_1d(x, y).item<double>());
  EXPECT_EQ(value.dim(), 0);
}

TEST(Wasserstein1d, SinglePrecisionStaysSingle) {
  const Line line;
  const at::Tensor x = tensor(line.x, {8}).to(at::kFloat).requires_grad_(true);
  const at::Tensor y = tensor(line.y, {11}).to(at::kFloat);
  const at::Tensor a = tensor(line.data.a, {8}).to(at::kFloat);
  const at::Tensor b = tensor(line.data.b, {11}).to(at::kFloat);  // sums differ by rounding
  const at::Tensor value = wasserstein_1d(x, y, a, b);
  EXPECT_EQ(value.scalar_type(), at::kFloat);
  EXPECT_NEAR(value.item<float>(), 0.0937348F, 1e-6F);
  EXPECT_EQ(torch::autograd::grad({value}, {x})[0].scalar_type(), at::kFloat);
}

TEST(Wasserstein1d, RefusesASecondDerivative) {
  const at::Tensor x = at::tensor({0.0, 1.0}, at::kDouble).requires_grad_(true);
  const at::Tensor value = wasserstein_1d(x, at::tensor({0.5, 3.0}, at::kDouble));
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)torch::autograd::grad({value}, {x}, {}, true, true); }),
              HasSubstr("first derivatives only"));
}

TEST(Wasserstein1d, RefusesBadInput) {
  const at::Tensor x = at::tensor({0.0, 1.0, 2.0}, at::kDouble);
  const at::Tensor y = at::tensor({0.5, 3.0}, at::kDouble);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto text = [&](const at::Tensor& from, const at::Tensor& to, const at::Tensor& a, const at::Tensor& b) {
    return error_text(ErrorKind::kData, [&] { (void)wasserstein_1d(from, to, a, b); });
  };
  EXPECT_THAT(text(x.view({3, 1}), y, {}, {}), HasSubstr("x has the wrong shape"));
  EXPECT_THAT(text(x, y.to(at::kFloat), {}, {}), AllOf(HasSubstr("differ in dtype"), HasSubstr("Float")));
  EXPECT_THAT(text(x.to(at::kLong), y, {}, {}), HasSubstr("x"));
  EXPECT_THAT(text(x, y, at::ones({2}, at::kDouble), {}), HasSubstr("a has the wrong shape"));
  EXPECT_THAT(text(x, y, {}, at::ones({2}, at::kDouble)), HasSubstr("masses of a and b differ"));
  EXPECT_THAT(text(x, y, {}, at::full({2}, 0.5, at::kFloat)), HasSubstr("differ in dtype"));
  EXPECT_THAT(text(x, at::tensor({0.0, nan}, at::kDouble), {}, {}), AllOf(HasSubstr("y"), HasSubstr("nan")));
  EXPECT_THAT(text(x.slice(0, 0, 0), y, {}, {}), HasSubstr("a is empty"));
  EXPECT_THAT(text(at::Tensor(), y, {}, {}), HasSubstr("x is an undefined tensor"));
  for (const double p : {0.5, nan, std::numeric_limits<double>::infinity()})
    EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)wasserstein_1d(x, y, {}, {}, p); }), HasSubstr("power p"));
  EXPECT_THAT(error_text(ErrorKind::kNumerical, [&] { (void)wasserstein_1d(x * 1e100, y, {}, {}, 4); }),
              HasSubstr("overflows"));
  EXPECT_THAT(error_text(ErrorKind::kData,
                         [] {
                           const std::vector<double> two = {0, 1};
                           const std::vector<double> one = {1};
                           (void)one_dimensional_transport(two, one, one, one);
                         }),
              HasSubstr("a does not fit the points x"));
}

}  // namespace one_dimensional_test
}  // namespace brenier::ot
