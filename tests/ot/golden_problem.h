// The transport problem on golden_data.h, with leaves that ask for gradients.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

struct GoldenProblem {
  GoldenProblem(int n, int m, int d, double epsilon, at::ScalarType dtype = at::kDouble,
                std::shared_ptr<const Cost> cost = nullptr) {
    const auto data = golden_data(n, m, d);
    const auto leaf = [dtype](const std::vector<double>& values, at::IntArrayRef shape) {
      return tensor(values, shape).to(dtype).requires_grad_(true);
    };
    problem.geometry = std::make_shared<PointCloud>(leaf(data.x, {n, d}), leaf(data.y, {m, d}), std::move(cost));
    problem.a = leaf(data.a, {n});
    problem.b = leaf(data.b, {m});
    problem.epsilon = at::scalar_tensor(epsilon, at::kDouble).requires_grad_(true);
  }

  [[nodiscard]] at::Tensor x() const { return problem.geometry->row_leaf(); }
  [[nodiscard]] at::Tensor y() const { return problem.geometry->column_leaf(); }

  // To the last digits of the type.
  [[nodiscard]] SinkhornSettings exact() const {
    SinkhornSettings settings;
    const bool is_double = problem.geometry->dtype() == at::kDouble;
    settings.threshold = is_double ? 1e-13 : 3e-6;
    settings.implicit.tolerance = is_double ? 1e-13 : 1e-6;
    return settings;
  }

  LinearProblem problem;
};

}  // namespace brenier::ot
