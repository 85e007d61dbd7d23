// Where the pairs of a transport problem come from: N rows, M columns and a cost for each pair.
//
//   PointCloud(x, y, cost)     points and a ground cost; the cost matrix is never stored
//   DenseCost(C)               a given cost matrix
//   Grid(axes)                 a product of axes; the cost is a sum over axes (separable)
//
// A geometry holds the tensors it was made from (its leaves, which gradients flow to) and the passes that compute on
// them. Points are copied when it is made; a cost matrix is not, and must not be changed in place while it is in use.
// float32 or float64 on the CPU; kData otherwise, and for NaN or infinite values.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "ot/passes/passes.h"

namespace brenier::ot {

class Geometry {
 public:
  virtual ~Geometry() = default;
  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  [[nodiscard]] virtual at::ScalarType dtype() const = 0;
  // "point cloud (sqeuclidean)".
  [[nodiscard]] virtual std::string name() const = 0;
  // The row leaf (x, or the cost matrix) and the column leaf (y); undefined where there is none.
  [[nodiscard]] virtual at::Tensor row_leaf() const = 0;
  [[nodiscard]] virtual at::Tensor column_leaf() const = 0;
  // Throws kData when a tensor that is not copied was changed since.
  [[nodiscard]] virtual const Passes& passes() const = 0;
  // The cost matrix [N, M], differentiable once; kData when it would take more than `limit_bytes`.
  [[nodiscard]] virtual at::Tensor cost_matrix(Index limit_bytes = kDenseLimit) const = 0;
  // The same geometry with rows and columns exchanged.
  [[nodiscard]] virtual std::shared_ptr<const Geometry> transposed() const = 0;

  static constexpr Index kDenseLimit = Index{4} << 30;
};

// Throws kData when a dense [rows, columns] of this dtype takes more than `limit_bytes`: says the bytes and the way
// out.
void check_dense_request(const std::string& what, Index rows, Index columns, at::ScalarType dtype, Index limit_bytes);

// Shape [rows, columns] (either -1: any), at least one of each, float32 or float64, CPU, finite.
void check_matrix(const at::Tensor& matrix, const std::string& name, Index rows = -1, Index columns = -1);

}  // namespace brenier::ot
