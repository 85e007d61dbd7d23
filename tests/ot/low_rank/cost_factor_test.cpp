// The d + 2 columns of the squared Euclidean cost, products with it and gradients through it.
#include "ot/low_rank/cost_factor.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "ot/cost/cost.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/grid.h"
#include "ot/geometry/point_cloud.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {
namespace cost_factor_test_detail {

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

}  // namespace cost_factor_test_detail

using cost_factor_test_detail::largest;

TEST(CostFactor, Case35FactorReproducesTheCost) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const auto line = at::arange(100, dtype).reshape({100, 1});
    const auto factor = squared_euclidean_factor(line, line);
    EXPECT_EQ(factor.left.sizes(), at::IntArrayRef({100, 3}));
    const auto cost = (line - line.t()).square();
    EXPECT_LT(largest(at::matmul(factor.left, factor.right.t()) - cost), dtype == at::kDouble ? 1e-11 : 1e-2);
    // Relative to the largest cost, in both types.
    EXPECT_LT(largest(at::matmul(factor.left, factor.right.t()) - cost) / 9801, 1e-6);
    const auto data = golden_data(30, 20, 4);
    const auto x = tensor(data.x, {30, 4}).to(dtype);
    const auto y = tensor(data.y, {20, 4}).to(dtype);
    const auto small = squared_euclidean_factor(x, y);
    EXPECT_EQ(small.right.sizes(), at::IntArrayRef({20, 6}));
    EXPECT_LT(largest(at::matmul(small.left, small.right.t()) - tensor(data.cost, {30, 20}).to(dtype)), 1e-5);
  }
}

// Far from the origin the squares are large and their differences small.
TEST(CostFactor, OriginDoesNotMatter) {
  const auto data = golden_data(30, 20, 2);
  const auto x = tensor(data.x, {30, 2}).to(at::kFloat) + 1000;
  const auto y = tensor(data.y, {20, 2}).to(at::kFloat) + 1000;
  const auto factor = squared_euclidean_factor(x, y);
  const auto cost = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
  EXPECT_LT(largest(at::matmul(factor.left, factor.right.t()) - cost), 1e-4);
}

TEST(CostFactor, IsDifferentiable) {
  const auto data = golden_data(6, 5, 3);
  const auto x = tensor(data.x, {6, 3}).requires_grad_(true);
  const auto y = tensor(data.y, {5, 3}).requires_grad_(true);
  const auto weights = at::cos(at::arange(30, at::kDouble)).reshape({6, 5});
  const auto factor = squared_euclidean_factor(x, y);
  const auto found = torch::autograd::grad({(weights * at::matmul(factor.left, factor.right.t())).sum()}, {x, y});
  const auto cost = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
  const auto expected = torch::autograd::grad({(weights * cost).sum()}, {x, y});
  EXPECT_LT(largest(found[0] - expected[0]), 1e-13);
  EXPECT_LT(largest(found[1] - expected[1]), 1e-13);
  // The same from dV/dC as an operator, whole and factored.
  const auto read = read_cost(PointCloud(x, y), Geometry::kDenseLimit);
  const auto whole = leaf_gradients(read, CostOperator(to_row_matrix(weights)));
  EXPECT_LT(largest(whole.row - expected[0]), 1e-13);
  EXPECT_LT(largest(whole.column - expected[1]), 1e-13);
  const auto factored =
      leaf_gradients(read, CostOperator(to_row_matrix(weights), to_row_matrix(at::eye(5, at::kDouble))));
  EXPECT_LT(largest(factored.row - expected[0]), 1e-13);
  EXPECT_LT(largest(factored.column - expected[1]), 1e-13);
}

TEST(CostFactor, ProductsEqualThoseOfTheWholeMatrix) {
  const auto data = golden_data(300, 200, 3);
  const PointCloud cloud(tensor(data.x, {300, 3}), tensor(data.y, {200, 3}));
  const auto thin = read_cost(cloud, Geometry::kDenseLimit).cost;
  const CostOperator whole(to_row_matrix(tensor(data.cost, {300, 200})));
  ASSERT_TRUE(thin.factored());
  EXPECT_EQ(thin.rows(), 300);
  EXPECT_EQ(thin.columns(), 200);
  const RowMatrix v = to_row_matrix(at::cos(at::arange(1000, at::kDouble)).reshape({200, 5}));
  const RowMatrix u = to_row_matrix(at::cos(at::arange(1500, at::kDouble)).reshape({300, 5}));
  EXPECT_LT((thin.times(v) - whole.times(v)).cwiseAbs().maxCoeff(), 1e-11);
  EXPECT_LT((thin.transposed_times(u) - whole.transposed_times(u)).cwiseAbs().maxCoeff(), 1e-11);
  const RowMatrix rows = v.transpose();
  EXPECT_LT((thin.applied_to_rows(rows) - whole.applied_to_rows(rows)).cwiseAbs().maxCoeff(), 1e-11);
  EXPECT_LT((thin.applied_to_rows(rows) - RowMatrix((thin.times(v)).transpose())).cwiseAbs().maxCoeff(), 1e-11);
  const Eigen::VectorXd one = v.col(0);
  EXPECT_LT((thin.squares_times(one) - whole.squares_times(one)).cwiseAbs().maxCoeff(), 1e-11);
  EXPECT_LT((thin.whole() - whole.whole()).cwiseAbs().maxCoeff(), 1e-13);
}

TEST(CostFactor, OtherGeometriesAreWhole) {
  const auto data = golden_data(6, 5, 2);
  const auto x = tensor(data.x, {6, 2});
  const auto y = tensor(data.y, {5, 2});
  EXPECT_FALSE(read_cost(PointCloud(x, y, cost_by_name("euclidean")), Geometry::kDenseLimit).cost.factored());
  EXPECT_FALSE(read_cost(DenseCost(tensor(data.cost, {6, 5})), Geometry::kDenseLimit).cost.factored());
  const auto axis = at::arange(4, at::kDouble);
  EXPECT_FALSE(read_cost(Grid::from_coordinates({axis, axis}), Geometry::kDenseLimit).cost.factored());
  EXPECT_THROW(read_cost(DenseCost(tensor(data.cost, {6, 5})), 6 * 5 * 8 - 1), Error);
  EXPECT_NO_THROW(read_cost(PointCloud(x, y), 1));
}

TEST(CostFactor, BadPoints) {
  const auto x = at::ones({4, 2}, at::kDouble);
  EXPECT_THROW(squared_euclidean_factor(x, at::ones({4, 3}, at::kDouble)), Error);
  EXPECT_THROW(squared_euclidean_factor(x, x.to(at::kFloat)), Error);
  EXPECT_THROW(squared_euclidean_factor(x, x * NAN), Error);
}

}  // namespace brenier::ot
