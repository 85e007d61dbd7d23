// Costs of low rank: the squared Euclidean cost of points is a product of two thin matrices, exactly.
//
//   C = left right^T,  left_i = (|x_i|^2, 1, -2 x_i),  right_j = (1, |y_j|^2, y_j):  D + 2 columns
//
// Products with C then cost O((N + M) D) a column instead of O(N M). Both clouds are moved to their common mean first,
// which C does not see and which keeps the squares small. scetbon2021lowrank.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>

#include "ot/geometry/geometry.h"
#include "ot/low_rank/row_matrix.h"

namespace brenier::ot {

struct CostFactor {
  at::Tensor left;   // [N, D + 2]
  at::Tensor right;  // [M, D + 2]
};

// x [N, D], y [M, D], one dtype (kData). Differentiable.
[[nodiscard]] CostFactor squared_euclidean_factor(const at::Tensor& x, const at::Tensor& y);

// A matrix [N, M] to multiply with, in float64: whole, or a product of thin ones.
class CostOperator final {
 public:
  CostOperator() = default;
  explicit CostOperator(RowMatrix whole) : left_(std::move(whole)) {}
  CostOperator(RowMatrix left, RowMatrix right) : left_(std::move(left)), right_(std::move(right)), factored_(true) {}

  [[nodiscard]] Index rows() const { return left_.rows(); }
  [[nodiscard]] Index columns() const { return factored_ ? right_.rows() : left_.cols(); }
  [[nodiscard]] bool factored() const { return factored_; }
  [[nodiscard]] const RowMatrix& left() const { return left_; }    // the whole matrix when not factored
  [[nodiscard]] const RowMatrix& right() const { return right_; }  // empty when not factored

  [[nodiscard]] RowMatrix times(const RowMatrix& values) const;                      // C V, V [M, K]
  [[nodiscard]] RowMatrix transposed_times(const RowMatrix& values) const;           // C^T U, U [N, K]
  [[nodiscard]] RowMatrix applied_to_rows(const RowMatrix& rows) const;              // U C^T, U [K, M]
  [[nodiscard]] Eigen::VectorXd squares_times(const Eigen::VectorXd& values) const;  // sum_j C_ij^2 v_j
  [[nodiscard]] RowMatrix whole() const;

 private:
  RowMatrix left_;
  RowMatrix right_;
  bool factored_ = false;
};

// The cost of a geometry ready for products, and the tensors its gradient goes to.
struct ReadCost {
  CostOperator cost;
  at::Tensor row;     // points x, or the cost matrix
  at::Tensor column;  // points y; undefined for a cost matrix
};

// A factor for points with the squared Euclidean cost, otherwise the whole matrix (kData above `limit_bytes`).
[[nodiscard]] ReadCost read_cost(const Geometry& geometry, Index limit_bytes);

// Gradients in row and column from dV/dC; undefined for a tensor that does not ask for one.
struct LeafGradients {
  at::Tensor row;
  at::Tensor column;
};
[[nodiscard]] LeafGradients leaf_gradients(const ReadCost& read, const CostOperator& cost_gradient);

}  // namespace brenier::ot
