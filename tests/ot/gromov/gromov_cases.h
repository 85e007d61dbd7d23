// Problems for the tests of Gromov-Wasserstein, and the objective by its definition.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <memory>

#include "ot/geometry/dense_cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/gromov/gromov_wasserstein.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

inline at::Tensor square_distances(const at::Tensor& x, const at::Tensor& y) {
  return (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
}

// sum_ijkl L(C1_ik, C2_jl) P_ij P_kl as it is written.
inline double gromov_by_definition(GromovLoss loss, const at::Tensor& c1, const at::Tensor& c2, const at::Tensor& p) {
  const auto x = c1.unsqueeze(1).unsqueeze(3);  // [i, 1, k, 1]
  const auto y = c2.unsqueeze(0).unsqueeze(2);  // [1, j, 1, l]
  const auto pairs = loss == GromovLoss::kSquare ? (x - y).square() : at::xlogy(x, x / y) - x + y;
  return (pairs * p.unsqueeze(2).unsqueeze(3) * p.unsqueeze(0).unsqueeze(0)).sum().item<double>();
}

// K(10, 8, 2) of golden_data.h, as the oracle files use it.
struct GromovGolden {
  explicit GromovGolden(int n = 10, int m = 8, at::ScalarType dtype = at::kDouble) {
    const auto data = golden_data(n, m, 2);
    x = tensor(data.x, {n, 2}).to(dtype);
    y = tensor(data.y, {m, 2}).to(dtype);
    a = tensor(data.a, {n}).to(dtype);
    b = tensor(data.b, {m}).to(dtype);
  }

  // From points, so that products are used.
  [[nodiscard]] GromovProblem points(double epsilon) const {
    GromovProblem problem;
    problem.x = std::make_shared<PointCloud>(x, x);
    problem.y = std::make_shared<PointCloud>(y, y);
    problem.a = a;
    problem.b = b;
    problem.epsilon = epsilon;
    return problem;
  }
  [[nodiscard]] GromovProblem matrices(double epsilon) const {
    auto problem = points(epsilon);
    problem.x = std::make_shared<DenseCost>(square_distances(x, x));
    problem.y = std::make_shared<DenseCost>(square_distances(y, y));
    return problem;
  }
  [[nodiscard]] std::shared_ptr<const Geometry> cross() const { return std::make_shared<PointCloud>(x, y); }

  static GromovSettings exact() {
    GromovSettings settings;
    settings.threshold = 1e-12;
    settings.max_iterations = 5000;
    settings.inner.threshold = 1e-13;
    settings.inner.max_iterations = 100000;
    return settings;
  }

  at::Tensor x, y, a, b;
};

}  // namespace brenier::ot
