// Gradients of the Gromov-Wasserstein value against central differences of problems that are solved again.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

#include "core/error.h"
#include "ot/cost/cost.h"
#include "tests/ot/gromov/gromov_cases.h"

namespace brenier::ot {
namespace gromov_gradient_test_detail {

// Entries x, y, a, b, cross in this order.
using Leaves = std::vector<at::Tensor>;
using Maker = std::function<GromovProblem(const Leaves&)>;

at::Tensor value_at(const Maker& make, const Leaves& leaves, const at::Tensor& start) {
  auto settings = GromovGolden::exact();
  settings.start = start;  // the branch of the solution that is differentiated
  const auto out = gromov_wasserstein(make(leaves), settings);
  EXPECT_LT(out.change, 1e-11);
  EXPECT_LT(out.marginal_error, 1e-12);
  return out.value;
}

// Largest error of any directional derivative, relative to the largest entry of that gradient.
double error_of(const Maker& make, const Leaves& leaves, std::size_t which, bool keep_total) {
  const auto start = gromov_wasserstein(make(leaves), GromovGolden::exact()).plan;
  Leaves asked = leaves;
  asked[which] = leaves[which].clone().requires_grad_(true);
  const auto gradient = torch::autograd::grad({value_at(make, asked, start)}, {asked[which]})[0];
  const double h = 1e-5;
  double worst = 0;
  for (std::int64_t k = 0; k < gradient.numel(); ++k) {
    auto direction = at::zeros_like(leaves[which]);
    direction.view(-1)[k] = 1;
    if (keep_total) direction.view(-1)[(k + 3) % gradient.numel()] -= 1;
    const auto at = [&](double step) {
      Leaves moved = leaves;
      moved[which] = leaves[which] + step * direction;
      return value_at(make, moved, start).item<double>();
    };
    const double expected = (at(h) - at(-h)) / (2 * h);
    worst = std::max(worst, std::abs((gradient * direction).sum().item<double>() - expected));
  }
  return worst / gradient.abs().max().item<double>();
}

Leaves base() {
  const GromovGolden golden(6, 5);
  return {golden.x, golden.y, golden.a, golden.b, square_distances(golden.x, golden.y)};
}

GromovProblem weighted(const Leaves& leaves) {
  GromovProblem problem;
  problem.a = leaves[2];
  problem.b = leaves[3];
  problem.epsilon = .05;
  return problem;
}

}  // namespace gromov_gradient_test_detail

using gromov_gradient_test_detail::base;
using gromov_gradient_test_detail::error_of;
using gromov_gradient_test_detail::Leaves;
using gromov_gradient_test_detail::Maker;
using gromov_gradient_test_detail::weighted;

TEST(GromovGradients, Points) {
  const Maker make = [](const Leaves& leaves) {
    auto problem = weighted(leaves);
    problem.x = std::make_shared<PointCloud>(leaves[0], leaves[0]);
    problem.y = std::make_shared<PointCloud>(leaves[1], leaves[1]);
    return problem;
  };
  EXPECT_LT(error_of(make, base(), 0, false), 1e-7);
  EXPECT_LT(error_of(make, base(), 1, false), 1e-7);
  EXPECT_LT(error_of(make, base(), 2, true), 1e-7);
  EXPECT_LT(error_of(make, base(), 3, true), 1e-7);
}

// Points through another cost, and points that appear in a cross cost too.
TEST(GromovGradients, FusedPointsWithAnotherCost) {
  const Maker make = [](const Leaves& leaves) {
    auto problem = weighted(leaves);
    problem.x = std::make_shared<PointCloud>(leaves[0], leaves[0], cost_by_name("pnorm:3:3"));
    problem.y = std::make_shared<PointCloud>(leaves[1], leaves[1]);
    problem.cross = std::make_shared<PointCloud>(leaves[0], leaves[1]);
    problem.alpha = .7;
    return problem;
  };
  for (const std::size_t which : {0, 1}) EXPECT_LT(error_of(make, base(), which, false), 1e-7) << which;
  for (const std::size_t which : {2, 3}) EXPECT_LT(error_of(make, base(), which, true), 1e-7) << which;
}

TEST(GromovGradients, CrossCostMatrix) {
  const Maker make = [](const Leaves& leaves) {
    auto problem = weighted(leaves);
    problem.x = std::make_shared<PointCloud>(leaves[0], leaves[0]);
    problem.y = std::make_shared<PointCloud>(leaves[1], leaves[1]);
    problem.cross = std::make_shared<DenseCost>(leaves[4]);
    problem.alpha = .3;
    return problem;
  };
  EXPECT_LT(error_of(make, base(), 4, false), 1e-7);
}

// Single entries move, so that the matrices are no longer symmetric.
TEST(GromovGradients, CostMatricesWithBothLosses) {
  for (const auto loss : {GromovLoss::kSquare, GromovLoss::kKl}) {
    const Maker make = [loss](const Leaves& leaves) {
      auto problem = weighted(leaves);
      problem.x = std::make_shared<DenseCost>(leaves[0]);
      problem.y = std::make_shared<DenseCost>(leaves[1]);
      problem.loss = loss;
      return problem;
    };
    auto leaves = base();
    leaves[0] = (-square_distances(leaves[0], leaves[0])).exp();
    leaves[1] = (-square_distances(leaves[1], leaves[1])).exp();
    EXPECT_LT(error_of(make, leaves, 0, false), 1e-7);
    EXPECT_LT(error_of(make, leaves, 1, false), 1e-7);
    EXPECT_LT(error_of(make, leaves, 2, true), 1e-7);
    EXPECT_LT(error_of(make, leaves, 3, true), 1e-7);
  }
}

TEST(GromovGradients, EntropyIsTheSlopeInEpsilon) {
  const GromovGolden golden(6, 5);
  const auto at = [&](double epsilon) {
    return gromov_wasserstein(golden.points(epsilon), GromovGolden::exact()).value.item<double>();
  };
  const auto out = gromov_wasserstein(golden.points(.05), GromovGolden::exact());
  EXPECT_NEAR(out.entropy, (at(.05 + 1e-5) - at(.05 - 1e-5)) / 2e-5, 1e-8);
}

TEST(GromovGradients, Float32AndSecondDerivatives) {
  GromovGolden golden(6, 5, at::kFloat);
  golden.x.requires_grad_(true);
  const auto out = gromov_wasserstein(golden.points(.05));
  const auto gradient = torch::autograd::grad({out.value}, {golden.x}, {}, true)[0];
  EXPECT_EQ(gradient.scalar_type(), at::kFloat);
  GromovGolden precise(6, 5);
  precise.x.requires_grad_(true);
  const auto expected =
      torch::autograd::grad({gromov_wasserstein(precise.points(.05)).value}, {precise.x})[0].to(at::kFloat);
  EXPECT_LT((gradient - expected).abs().max().item<float>(), 1e-5F);
  EXPECT_THROW(torch::autograd::grad({out.value}, {golden.x}, {}, true, true), Error);
}

}  // namespace brenier::ot
