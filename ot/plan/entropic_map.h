// The entropic map: the barycentric projection of a solved problem, extended to points that were not in it.
//
//   T(x) = sum_j w_j(x) y_j,   w_j(x) ~ exp((g_j - c(x, y_j)) / eps)
//
// At the problem's own points it is barycentric_map. The same weights extend the potential f:
//   f~(x) = -eps log sum_j exp((g_j - c(x, y_j)) / eps)        (relative; absolute: + eps log a)
// pooladian2021entropic, equation (5).
#pragma once

#include <ATen/core/Tensor.h>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

// Keeps the target points and their potential; holds no graph.
class EntropicMap final {
 public:
  // kRows maps the space of x to y, kColumns the other way round. Needs a point cloud (kUsage).
  explicit EntropicMap(const SinkhornOutput& output, Direction direction = Direction::kRows);

  // Images [K, D] of points [K, D] of the problem's dtype.
  [[nodiscard]] at::Tensor transport(const at::Tensor& points) const;
  // Relative potential [K] at points [K, D].
  [[nodiscard]] at::Tensor potential(const at::Tensor& points) const;

 private:
  [[nodiscard]] std::shared_ptr<const Geometry> pairs(const at::Tensor& points) const;

  at::Tensor targets_;
  std::vector<double> G_;
  double epsilon_ = 0;
  double tau_ = 1;
  std::shared_ptr<const Geometry> geometry_;
  Direction direction_;
};

// EntropicMap::transport with gradients in the points and in all that the solve depends on. Stores [K, M] when a
// gradient is asked for; kData when that takes more than `limit_bytes`.
[[nodiscard]] at::Tensor entropic_map(const SinkhornOutput& output, const at::Tensor& points,
                                      Direction direction = Direction::kRows,
                                      Index limit_bytes = Geometry::kDenseLimit);

}  // namespace brenier::ot
