#include "models/condot/smacof.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace brenier::models {
namespace smacof_detail {

void check(const at::Tensor& distances) {
  const bool square = distances.dim() == 2 && distances.size(0) == distances.size(1);
  if (!square || distances.scalar_type() != at::kDouble) {
    throw Error(ErrorKind::kDefect, "distances to scale are no square float64 matrix");
  }
  if (!at::isfinite(distances).all().item<bool>()) {
    throw Error(ErrorKind::kNumerical, "distances between populations are not finite")
        .expected("finite cells in the latent space");
  }
  if ((distances < 0).any().item<bool>() || !at::equal(distances, distances.t()) ||
      (distances.diagonal() != 0).any().item<bool>()) {
    throw Error(ErrorKind::kDefect, "distances to scale must be symmetric, not negative, and 0 on the diagonal");
  }
}

// |x_i - x_j| from differences: exact zeros, no cancellation. [N, N]
at::Tensor pairs(const at::Tensor& points) {
  return (points.unsqueeze(1) - points.unsqueeze(0)).square().sum(2).sqrt();
}

}  // namespace smacof_detail

double scaling_stress(const at::Tensor& distances, const at::Tensor& points) {
  const double total = distances.square().sum().item<double>();
  if (total == 0.0) return 0.0;
  return std::sqrt((smacof_detail::pairs(points) - distances).square().sum().item<double>() / total);
}

at::Tensor classical_scaling(const at::Tensor& distances, std::int64_t width) {
  smacof_detail::check(distances);
  const auto n = distances.size(0);
  const auto centring = at::eye(n, at::kDouble) - 1.0 / static_cast<double>(std::max<std::int64_t>(n, 1));
  const auto gram = -0.5 * centring.mm(distances.square()).mm(centring);
  const auto [values, vectors] = at::linalg_eigh(0.5 * (gram + gram.t()));
  const auto used = std::min(width, n);
  const auto axes = vectors.narrow(1, n - used, used).flip(1);
  const auto signs = axes.gather(0, axes.abs().argmax(0, /*keepdim=*/true)).sign();
  const auto points = axes * signs * values.narrow(0, n - used, used).flip(0).clamp_min(0).sqrt();
  return used == width ? points : at::cat({points, at::zeros({n, width - used}, at::kDouble)}, 1);
}

Scaling smacof(const at::Tensor& distances, const ScalingSettings& settings, const at::Tensor& start) {
  smacof_detail::check(distances);
  Scaling scaling;
  auto points = start.defined() ? start.to(at::kDouble) : classical_scaling(distances, settings.width);
  points = points - points.mean(0);
  scaling.history.push_back(scaling_stress(distances, points));
  const auto n = static_cast<double>(distances.size(0));
  for (std::int64_t i = 0; i < settings.max_iterations; ++i) {
    const auto between = smacof_detail::pairs(points);
    const auto ratio = at::where(between > 0, distances / between, at::zeros_like(between));
    const auto next = (points * ratio.sum(1, /*keepdim=*/true) - ratio.mm(points)) / n;
    const double stress = scaling_stress(distances, next);
    const double before = scaling.history.back();
    if (!(stress < before)) break;  // rounding is reached
    points = next;
    scaling.history.push_back(stress);
    if (before - stress < settings.tolerance * before) break;
  }
  scaling.stress = scaling.history.back();
  scaling.points = points;
  return scaling;
}

}  // namespace brenier::models
