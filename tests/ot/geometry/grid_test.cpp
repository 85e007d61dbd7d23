// Golden case 16, and the separable grid against the same costs as a dense matrix.
#include "ot/geometry/grid.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "ot/geometry/dense_cost.h"
#include "ot/passes/grid_passes.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/geometry/grid_cases.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::grid_test_detail {

std::shared_ptr<const Grid> golden_grid(at::ScalarType dtype = at::kDouble) {
  return std::make_shared<Grid>(
      Grid::from_coordinates({line({0, .3, .7, 1.1, 1.6}).to(dtype), line({0, .5, .9, 1.5}).to(dtype)}));
}

SinkhornSettings exact() {
  SinkhornSettings settings;
  settings.threshold = 1e-13;
  settings.implicit.tolerance = 1e-13;
  return settings;
}

LinearProblem golden_problem(std::shared_ptr<const Geometry> geometry) {
  LinearProblem problem;
  const auto dtype = geometry->dtype();
  problem.geometry = std::move(geometry);
  problem.a = line(golden_weights(20, 2)).to(dtype).requires_grad_(true);
  problem.b = line(golden_weights(20, 3)).to(dtype).requires_grad_(true);
  problem.epsilon = at::scalar_tensor(.2, at::kDouble).requires_grad_(true);
  return problem;
}

// Same solution and gradients with both geometries.
void expect_same(const LinearProblem& problem, const std::shared_ptr<const Geometry>& other, bool both_balanced) {
  auto turned = problem;
  turned.geometry = other;
  const auto first = sinkhorn(problem, exact());
  const auto second = sinkhorn(turned, exact());
  EXPECT_TRUE(first.converged()) << first.marginal_error;
  EXPECT_NEAR(first.value.item<double>(), second.value.item<double>(), 1e-11);
  EXPECT_NEAR(first.transport_cost, second.transport_cost, 1e-11);
  const auto close = [](const at::Tensor& x, const at::Tensor& y, double tolerance) {
    return at::allclose(x, y, tolerance, tolerance);
  };
  EXPECT_TRUE(close(first.f, second.f, 1e-10)) << first.f - second.f;
  EXPECT_TRUE(close(first.g, second.g, 1e-10)) << first.g - second.g;

  // The gradient in weights of a balanced problem is known up to a constant.
  const auto gauge = [&](const at::Tensor& gradient) { return both_balanced ? gradient - gradient[1] : gradient; };
  const std::vector<at::Tensor> inputs = {problem.a, problem.b, problem.epsilon};
  const auto weights = at::cos(at::arange(problem.geometry->rows(), at::kDouble));
  const auto loss = [&](const SinkhornOutput& out) { return at::where(at::isfinite(out.f), weights * out.f, 0).sum(); };
  for (const bool implicit : {false, true}) {
    const auto mine = torch::autograd::grad({implicit ? loss(first) : first.value}, inputs, {}, true);
    const auto theirs = torch::autograd::grad({implicit ? loss(second) : second.value}, inputs, {}, true);
    for (std::size_t k = 0; k < 2; ++k) {
      const auto positive = inputs[k].detach() > 0;
      EXPECT_TRUE(close(gauge(mine[k]).masked_select(positive), gauge(theirs[k]).masked_select(positive), 1e-9))
          << implicit << k << mine[k] - theirs[k];
      EXPECT_EQ(mine[k].masked_select(~positive).abs().sum().item<double>(), 0);
      EXPECT_GT(mine[k].abs().sum().item<double>(), 0);
    }
    EXPECT_NEAR(mine[2].item<double>(), theirs[2].item<double>(), 1e-9) << implicit;
    EXPECT_GT(std::abs(mine[2].item<double>()), 1e-3);
  }
}

TEST(Grid, Case16IsTheDenseSolution) {
  const auto grid = golden_grid();
  EXPECT_EQ(grid->rows(), 20);
  EXPECT_EQ(grid->name(), "grid (5 x 4 rows, 5 x 4 columns)");
  const auto problem = golden_problem(grid);
  const auto out = sinkhorn(problem, exact());
  EXPECT_NEAR(out.value.item<double>(), .42838370243427576, 1e-12);
  EXPECT_NEAR(out.transport_cost, .1754990713299347, 1e-12);
  ASSERT_TRUE(out.gap);
  EXPECT_LT(*out.gap, 1e-10);
  EXPECT_NE(out.method.find("separable grid float64"), std::string::npos) << out.method;
  expect_same(problem, std::make_shared<DenseCost>(grid->cost_matrix(Geometry::kDenseLimit)), true);
}

TEST(Grid, Case16InFloat32) {
  const auto grid = golden_grid(at::kFloat);
  EXPECT_EQ(grid->cost_matrix(Geometry::kDenseLimit).scalar_type(), at::kFloat);
  const auto out = sinkhorn(golden_problem(grid));
  EXPECT_EQ(out.f.scalar_type(), at::kFloat);
  EXPECT_NEAR(out.value.item<double>(), .42838370243427576, 1e-4);
}

TEST(Grid, UnbalancedIsTheDenseSolution) {
  const auto grid = golden_grid();
  const auto dense = std::make_shared<DenseCost>(grid->cost_matrix(Geometry::kDenseLimit));
  for (const auto& [tau_a, tau_b] : {std::pair{.9, .8}, std::pair{1., .9}}) {
    for (const auto reference : {Reference::kProduct, Reference::kCounting}) {
      auto problem = golden_problem(grid);
      problem.a = (problem.a.detach() * 1.5).requires_grad_(true);
      problem.penalty_a = MarginalPenalty::tau(tau_a);
      problem.penalty_b = MarginalPenalty::tau(tau_b);
      problem.reference = reference;
      expect_same(problem, dense, false);
    }
  }
}

TEST(Grid, ZeroWeightsAndDifferentSidesAreTheDenseSolution) {
  const auto grid = std::make_shared<Grid>(odd_grid());
  auto problem = golden_problem(grid);
  const auto weights = [](int count, int prime) {
    auto values = line(golden_weights(count, prime));
    values[0] = 0;
    values[5] = 0;
    return (values / values.sum()).requires_grad_(true);
  };
  problem.a = weights(24, 2);
  problem.b = weights(30, 3);
  expect_same(problem, std::make_shared<DenseCost>(grid->cost_matrix(Geometry::kDenseLimit)), true);
  EXPECT_EQ(sinkhorn(problem, exact()).f[5].item<double>(), kNone);
}

// Costs of a grid by hand, and its transpose.
TEST(Grid, CostsAreSumsOverAxesInRowMajorOrder) {
  const auto first = line({0, 1, 2, 3, 4, 5}).view({2, 3});
  const auto second = line({10, 20, 30, 40}).view({2, 2});
  const auto grid = Grid::from_costs({first, second});
  const auto cost = grid.cost_matrix(Geometry::kDenseLimit);
  ASSERT_EQ(cost.sizes(), (std::vector<Index>{4, 6}));
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 6; ++j) {
      EXPECT_EQ(cost[i][j].item<double>(), (first[i / 2][j / 2] + second[i % 2][j % 2]).item<double>());
    }
  }
  const auto turned = grid.transposed();
  EXPECT_EQ(turned->rows(), 6);
  EXPECT_TRUE(at::equal(turned->cost_matrix(), cost.t()));
  const auto rectangular = Grid::from_coordinates({line({0, 1})}, {line({3, 5, 8})});
  EXPECT_TRUE(at::equal(rectangular.cost_matrix(Geometry::kDenseLimit), line({9, 25, 64, 4, 16, 49}).view({2, 3})));
}

TEST(Grid, DoesNotFollowItsAxesWhenTheyChange) {
  auto axis = at::arange(6, at::kDouble).view({2, 3});
  const auto grid = Grid::from_costs({axis});
  axis.fill_(7);
  EXPECT_EQ(grid.cost_matrix(Geometry::kDenseLimit)[0][1].item<double>(), 1);
  grid.cost_matrix(Geometry::kDenseLimit).fill_(7);
  EXPECT_EQ(grid.passes().summary().mean, 2.5);
}

TEST(Grid, SummaryIsThatOfAllPairs) {
  const Case it(2.5);
  const auto found = it.grid.passes().summary();
  const auto cost = it.grid.cost_matrix(Geometry::kDenseLimit);
  EXPECT_NEAR(found.mean, cost.mean().item<double>(), 1e-14);
  EXPECT_NEAR(found.standard_deviation, cost.std(false).item<double>(), 1e-13);
  EXPECT_NEAR(found.largest, cost.max().item<double>(), 1e-14);
  EXPECT_NEAR(found.smallest, cost.min().item<double>(), 1e-14);
  EXPECT_LT(found.smallest, 0);
}

TEST(Grid, SaysWhatIsWrongWithItsAxes) {
  const auto good = at::ones({2, 3}, at::kDouble);
  const auto from = [](std::vector<at::Tensor> costs) { (void)Grid::from_costs(std::move(costs)); };
  const auto between = [](std::vector<at::Tensor> rows, std::vector<at::Tensor> columns = {}) {
    (void)Grid::from_coordinates(std::move(rows), std::move(columns));
  };
  expect_error(ErrorKind::kData, "no axes", [&] { from({}); });
  expect_error(ErrorKind::kData, "no axes", [&] { between({}); });
  expect_error(ErrorKind::kData, "cost of grid axis 1", [&] { from({good, at::ones({0, 3}, at::kDouble)}); });
  expect_error(ErrorKind::kData, "empty", [&] { between({at::ones({0}, at::kDouble)}); });
  expect_error(ErrorKind::kData, "missing", [&] { from({at::Tensor()}); });
  expect_error(ErrorKind::kData, "missing", [&] { between({at::Tensor()}); });
  expect_error(ErrorKind::kData, "different types", [&] { from({good, good.to(at::kFloat)}); });
  expect_error(ErrorKind::kData, "different types", [&] { between({good[0]}, {good[0].to(at::kFloat)}); });
  expect_error(ErrorKind::kData, "grid axis 0", [&] { from({good * NAN}); });
  expect_error(ErrorKind::kData, "rows of grid axis 1", [&] { between({good[0], good[0] * NAN}); });
  expect_error(ErrorKind::kData, "squared distances of grid axis 0", [&] { between({line({-1e200, 1e200})}); });
  expect_error(ErrorKind::kData, "shape", [&] { from({good[0]}); });
  expect_error(ErrorKind::kData, "shape", [&] { between({good}); });
  expect_error(ErrorKind::kData, "grid axis 0", [&] { from({at::ones({2, 3}, at::kLong)}); });
  expect_error(ErrorKind::kData, "numbers of axes", [&] { between({good[0]}, {good[0], good[0]}); });
  expect_error(ErrorKind::kUsage, "gradient", [&] { from({good.clone().requires_grad_(true)}); });
  expect_error(ErrorKind::kData, "too many points",
               [&] { from(std::vector<at::Tensor>(9, at::ones({32, 1}, at::kDouble))); });
  expect_error(ErrorKind::kData, "too large", [&] { (void)odd_grid().cost_matrix(1000); });
  expect_error(ErrorKind::kDefect, "another size", [&] { GridPasses({{2, 2, Vector(3, 0.0)}}); });
  expect_error(ErrorKind::kDefect, "no axes", [&] { GridPasses(std::vector<GridAxis>{}); });
}

}  // namespace brenier::ot::grid_test_detail
