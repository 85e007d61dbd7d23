// A product of axes: rows and columns are points of a grid, and the cost is a sum over axes (separable).
//
//   auto grid = Grid::from_coordinates({xs, ys});    // squared distances, rows and columns on the same grid
//   auto grid = Grid::from_costs({C_1, C_2});        // C_ij = C_1[i_1, j_1] + C_2[i_2, j_2]
//
// Axis k has n_k rows and m_k columns; N = product of n_k, M = product of m_k. Points are numbered row-major, the last
// axis fastest: i = i_1 n_2 + i_2. The N x M costs are never stored and a pass takes N (n_1 + ... + n_d) operations.
// Axes are copied. They are not leaves: gradients flow to a, b and epsilon only, so an axis that asks for a gradient is
// refused (kUsage). Weights have the dtype of the axes; passes compute in float64.
#pragma once

#include <vector>

#include "ot/geometry/geometry.h"

namespace brenier::ot {

class Grid final : public Geometry {
 public:
  // Each [n_k, m_k]. kData: no axes, an empty one, NaN or infinite values, different dtypes, more than 2^40 points.
  [[nodiscard]] static Grid from_costs(std::vector<at::Tensor> costs);
  // Each [n_k] and [m_k], C_k = (row - column)^2; no columns: those of the rows. kData as above.
  [[nodiscard]] static Grid from_coordinates(std::vector<at::Tensor> rows, std::vector<at::Tensor> columns = {});

  [[nodiscard]] Index rows() const override { return passes_->rows(); }
  [[nodiscard]] Index columns() const override { return passes_->columns(); }
  [[nodiscard]] at::ScalarType dtype() const override { return dtype_; }
  // "grid (5 x 4 rows, 5 x 4 columns)".
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] at::Tensor row_leaf() const override { return {}; }
  [[nodiscard]] at::Tensor column_leaf() const override { return {}; }
  [[nodiscard]] const Passes& passes() const override { return *passes_; }
  [[nodiscard]] at::Tensor cost_matrix(Index limit_bytes) const override;
  [[nodiscard]] std::shared_ptr<const Geometry> transposed() const override;

 private:
  Grid(std::vector<at::Tensor> costs, at::ScalarType dtype);

  std::vector<at::Tensor> costs_;  // float64
  at::ScalarType dtype_;
  std::shared_ptr<const Passes> passes_;
};

}  // namespace brenier::ot
