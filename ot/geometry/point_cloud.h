// Two clouds of points and a ground cost: C_ij = c(x_i, y_j), computed when it is needed.
//
//   PointCloud cloud(x, y);                                       // x [N, D], y [M, D], squared Euclidean
//   PointCloud cloud(x, y, std::make_shared<Euclidean>());
//
// Memory O((N + M) D). x and y share dtype and D.
#pragma once

#include "ot/cost/cost.h"
#include "ot/geometry/geometry.h"

namespace brenier::ot {

class PointCloud final : public Geometry {
 public:
  // `cost` null: squared Euclidean.
  PointCloud(at::Tensor x, at::Tensor y, std::shared_ptr<const Cost> cost = nullptr);

  [[nodiscard]] Index rows() const override { return x_.size(0); }
  [[nodiscard]] Index columns() const override { return y_.size(0); }
  [[nodiscard]] at::ScalarType dtype() const override { return x_.scalar_type(); }
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] at::Tensor row_leaf() const override { return x_; }
  [[nodiscard]] at::Tensor column_leaf() const override { return y_; }
  [[nodiscard]] const Passes& passes() const override { return *passes_; }
  [[nodiscard]] at::Tensor cost_matrix(Index limit_bytes) const override;
  [[nodiscard]] std::shared_ptr<const Geometry> transposed() const override;

  [[nodiscard]] const std::shared_ptr<const Cost>& cost() const { return cost_; }

 private:
  PointCloud(at::Tensor x, at::Tensor y, std::shared_ptr<const Cost> cost, bool swapped);

  at::Tensor x_;
  at::Tensor y_;
  std::shared_ptr<const Cost> cost_;
  bool swapped_ = false;  // the cost is c(y_j, x_i)
  std::shared_ptr<const Passes> passes_;
};

}  // namespace brenier::ot
