#include "ot/plan/entropic_map.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "core/error.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/tangent_tensors.h"

namespace brenier::ot {

EntropicMap::EntropicMap(const SinkhornOutput& output, Direction direction) : direction_(direction) {
  const auto& record = *output.record;
  geometry_ = record.problem.geometry;
  if (dynamic_cast<const PointCloud*>(geometry_.get()) == nullptr) {
    throw Error(ErrorKind::kUsage, "the entropic map needs points")
        .found("a " + geometry_->name())
        .expected("a point cloud")
        .hint("apply_plan moves any values along the plan");
  }
  const bool by_rows = direction == Direction::kRows;
  targets_ = (by_rows ? geometry_->column_leaf() : geometry_->row_leaf()).detach().clone();
  G_ = by_rows ? record.solution.G : record.solution.F;
  epsilon_ = record.checked.epsilon;
  tau_ = by_rows ? record.checked.a.tau : record.checked.b.tau;
}

std::shared_ptr<const Geometry> EntropicMap::pairs(const at::Tensor& points) const {
  check_matrix(points, "points of an entropic map", -1, targets_.size(1));
  const auto cost = static_cast<const PointCloud&>(*geometry_).cost();
  if (direction_ == Direction::kRows) return std::make_shared<PointCloud>(points.detach(), targets_, cost);
  return PointCloud(targets_, points.detach(), cost).transposed();
}

at::Tensor EntropicMap::potential(const at::Tensor& points) const {
  const auto geometry = pairs(points);
  std::vector<double> logs(static_cast<std::size_t>(points.size(0)));
  geometry->passes().log_sums(Direction::kRows, 1 / epsilon_, G_.data(), logs.data());
  for (double& value : logs) value *= -tau_ * epsilon_;
  return to_tensor(logs, {points.size(0)}, points.scalar_type());
}

at::Tensor EntropicMap::transport(const at::Tensor& points) const {
  const auto geometry = pairs(points);
  const Index count = points.size(0);
  const Index dimension = targets_.size(1);
  // Potentials that make every row's mass 1.
  std::vector<double> F(static_cast<std::size_t>(count));
  geometry->passes().log_sums(Direction::kRows, 1 / epsilon_, G_.data(), F.data());
  for (double& value : F) value = -value;
  const auto values = to_vector(targets_);
  std::vector<double> out(static_cast<std::size_t>(count * dimension));
  geometry->passes().apply(Direction::kRows, {F.data(), G_.data(), 1 / epsilon_}, values.data(), dimension, out.data());
  return to_tensor(out, {count, dimension}, points.scalar_type());
}

at::Tensor entropic_map(const SinkhornOutput& output, const at::Tensor& points, Direction direction,
                        Index limit_bytes) {
  const EntropicMap map(output, direction);
  const auto& problem = output.record->problem;
  const bool by_rows = direction == Direction::kRows;
  auto targets = by_rows ? problem.geometry->column_leaf() : problem.geometry->row_leaf();
  auto potential = by_rows ? output.g : output.f;
  if (!at::GradMode::is_enabled() || !(points.requires_grad() || targets.requires_grad() || potential.requires_grad()))
    return map.transport(points);
  check_matrix(points, "points of an entropic map", -1, targets.size(1));
  // Targets of weight zero have the potential -inf and are nobody's image.
  const auto kept = potential.detach().isfinite().nonzero().squeeze(1);
  targets = targets.index_select(0, kept);
  potential = potential.index_select(0, kept);
  const auto cost = static_cast<const PointCloud&>(*problem.geometry).cost();
  const auto costs = by_rows ? PointCloud(points, targets, cost).cost_matrix(limit_bytes)
                             : PointCloud(targets, points, cost).cost_matrix(limit_bytes).t();
  const auto epsilon = problem.epsilon.defined()
                           ? (problem.epsilon.reshape({}) * output.record->checked.scale).to(points.scalar_type())
                           : at::scalar_tensor(output.epsilon, points.options());
  return at::softmax((potential - costs) / epsilon, 1).matmul(targets);
}

}  // namespace brenier::ot
