#include "ot/low_rank/cost_factor.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "ot/cost/squared_euclidean.h"
#include "ot/geometry/node_input.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::ot {
namespace cost_factor_detail {

// sum_j W_ij 2 (x_i - y_j) for the rows' points x.
RowMatrix point_gradient(const CostOperator& weights, const RowMatrix& x, const RowMatrix& y, bool by_rows) {
  const Index others = by_rows ? weights.columns() : weights.rows();
  RowMatrix values(others, y.cols() + 1);
  values.leftCols(y.cols()) = y;
  values.rightCols(1).setOnes();
  const RowMatrix sums = by_rows ? weights.times(values) : weights.transposed_times(values);
  RowMatrix out = x.array().colwise() * sums.rightCols(1).col(0).array();
  out -= sums.leftCols(y.cols());
  return 2 * out;
}

}  // namespace cost_factor_detail

CostFactor squared_euclidean_factor(const at::Tensor& x, const at::Tensor& y) {
  const PointCloud checked(x, y);
  // C does not depend on where the origin is, so that it is a constant for gradients.
  const auto origin = (x.detach().mean(0) + y.detach().mean(0)) / 2;
  const auto left = x - origin;
  const auto right = y - origin;
  const auto square = [](const at::Tensor& points) { return points.square().sum(1, true); };
  return {at::cat({square(left), at::ones({x.size(0), 1}, x.options()), -2 * left}, 1),
          at::cat({at::ones({y.size(0), 1}, y.options()), square(right), right}, 1)};
}

RowMatrix CostOperator::times(const RowMatrix& values) const {
  return factored_ ? multiply(left_, multiply_transposed(right_, values)) : multiply(left_, values);
}

RowMatrix CostOperator::transposed_times(const RowMatrix& values) const {
  const RowMatrix inner = multiply_transposed(left_, values);
  return factored_ ? multiply(right_, inner) : inner;
}

RowMatrix CostOperator::applied_to_rows(const RowMatrix& rows) const {
  return factored_ ? multiply_by_transposed(multiply(rows, right_), left_) : multiply_by_transposed(rows, left_);
}

Eigen::VectorXd CostOperator::squares_times(const Eigen::VectorXd& values) const {
  if (!factored_) {
    Eigen::VectorXd out(rows());
    for (Index i = 0; i < rows(); ++i) out[i] = left_.row(i).array().square().matrix().dot(values);
    return out;
  }
  // C_ij^2 = left_i^T (right_j right_j^T) left_i.
  const RowMatrix weighted = right_.array().colwise() * values.array();
  const RowMatrix middle = multiply_transposed(right_, weighted);
  return (multiply(left_, middle).array() * left_.array()).rowwise().sum();
}

RowMatrix CostOperator::whole() const { return factored_ ? multiply_by_transposed(left_, right_) : left_; }

ReadCost read_cost(const Geometry& geometry, Index limit_bytes) {
  const auto* cloud = dynamic_cast<const PointCloud*>(&geometry);
  if (cloud != nullptr && dynamic_cast<const SquaredEuclidean*>(cloud->cost().get()) != nullptr) {
    const auto factor = squared_euclidean_factor(cloud->row_leaf().detach().to(at::kDouble),
                                                 cloud->column_leaf().detach().to(at::kDouble));
    return {CostOperator(to_row_matrix(factor.left), to_row_matrix(factor.right)), cloud->row_leaf(),
            cloud->column_leaf()};
  }
  check_dense_request("cost matrix of a " + geometry.name(), geometry.rows(), geometry.columns(), at::kDouble,
                      limit_bytes);
  const auto cost = geometry.cost_matrix(limit_bytes);
  return {CostOperator(to_row_matrix(cost)), cost, {}};
}

LeafGradients leaf_gradients(const ReadCost& read, const CostOperator& cost_gradient) {
  using cost_factor_detail::point_gradient;
  LeafGradients out;
  if (!read.column.defined()) {
    if (wants(read.row)) out.row = to_tensor(cost_gradient.whole(), read.row.scalar_type());
    return out;
  }
  if (!wants(read.row) && !wants(read.column)) return out;
  const RowMatrix x = to_row_matrix(read.row);
  const RowMatrix y = to_row_matrix(read.column);
  if (wants(read.row)) out.row = to_tensor(point_gradient(cost_gradient, x, y, true), read.row.scalar_type());
  if (wants(read.column)) out.column = to_tensor(point_gradient(cost_gradient, y, x, false), read.column.scalar_type());
  return out;
}

}  // namespace brenier::ot
