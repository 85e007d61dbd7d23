#include "ot/gromov/gromov_check.h"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/geometry/point_cloud.h"

namespace brenier::ot {
namespace gromov_check_detail {

void check(bool good, const std::string& name, double value, const std::string& expected) {
  if (good) return;
  throw Error(ErrorKind::kUsage, "a number of a Gromov-Wasserstein problem is out of range")
      .at(name)
      .found(number_text(value))
      .expected(expected);
}

void check_numbers(const GromovProblem& problem, const GromovSettings& settings) {
  if (problem.alpha) check(*problem.alpha >= 0 && *problem.alpha <= 1, "alpha", *problem.alpha, "a number in [0, 1]");
  if (problem.epsilon) {
    check(*problem.epsilon > 0 && std::isfinite(*problem.epsilon), "epsilon", *problem.epsilon,
          "a finite number above 0");
  }
  check(settings.threshold > 0 && std::isfinite(settings.threshold), "threshold", settings.threshold,
        "a finite number above 0");
  check(settings.max_iterations >= 1, "max_iterations", static_cast<double>(settings.max_iterations), "at least 1");
  check(settings.step >= 0 && settings.step <= 1, "step", settings.step, "0 (automatic) or a number in (0, 1]");
  check_settings(settings.inner);
}

void check_side(const std::shared_ptr<const Geometry>& geometry, const std::string& name) {
  if (geometry && geometry->rows() == geometry->columns()) return;
  throw Error(ErrorKind::kUsage, "Gromov-Wasserstein needs the costs of a space with itself")
      .at(name)
      .found(geometry ? "a " + geometry->name() + " [" + std::to_string(geometry->rows()) + ", " +
                            std::to_string(geometry->columns()) + "]"
                      : "no geometry")
      .expected("as many rows as columns");
}

// Distances within one cloud have a factor, which the square loss uses; two clouds of equal size are a matrix like any
// other.
ReadCost read_side(const Geometry& geometry, GromovLoss loss, Index limit_bytes) {
  const auto* cloud = dynamic_cast<const PointCloud*>(&geometry);
  if (loss == GromovLoss::kSquare && cloud != nullptr && cloud->row_leaf().is_same(cloud->column_leaf()))
    return read_cost(geometry, limit_bytes);
  check_dense_request("cost matrix of a " + geometry.name(), geometry.rows(), geometry.columns(), at::kDouble,
                      limit_bytes);
  const auto cost = geometry.cost_matrix(limit_bytes);
  return {CostOperator(to_row_matrix(cost)), cost, {}};
}

void check_start(const at::Tensor& start, Index n, Index m) {
  check_matrix(start, "start plan", n, m);
  const double least = start.min().item<double>();
  if (least >= 0 && start.sum().item<double>() > 0) return;
  throw Error(ErrorKind::kData, "a start plan is not a measure")
      .at("start plan")
      .found(least < 0 ? "an entry of " + number_text(least) : "zeros only")
      .expected("entries of at least 0 with a positive sum");
}

}  // namespace gromov_check_detail

CheckedGromov check_gromov(const GromovProblem& problem, const GromovSettings& settings) {
  gromov_check_detail::check_numbers(problem, settings);
  gromov_check_detail::check_side(problem.x, "x");
  gromov_check_detail::check_side(problem.y, "y");
  const Index n = problem.x->rows();
  const Index m = problem.y->rows();
  CheckedGromov out;
  out.dtype = problem.x->dtype();
  out.fused = problem.cross != nullptr;
  out.alpha = problem.alpha.value_or(out.fused ? 0.5 : 1.0);
  if (!out.fused && out.alpha < 1) {
    throw Error(ErrorKind::kUsage, "alpha below 1 needs a cost across the spaces")
        .at("alpha")
        .found(number_text(out.alpha) + " and no cross cost")
        .expected("a cross cost, or alpha = 1");
  }
  if (problem.y->dtype() != out.dtype || (out.fused && problem.cross->dtype() != out.dtype)) {
    throw Error(ErrorKind::kData, "the geometries of a Gromov-Wasserstein problem have different types")
        .found(std::string(c10::toString(out.dtype)) + ", " + c10::toString(problem.y->dtype()) +
               (out.fused ? std::string(", ") + c10::toString(problem.cross->dtype()) : ""))
        .expected("one of float32 and float64");
  }
  if (out.fused && (problem.cross->rows() != n || problem.cross->columns() != m)) {
    throw Error(ErrorKind::kData, "the cross cost has the wrong shape")
        .at("cross")
        .found("[" + std::to_string(problem.cross->rows()) + ", " + std::to_string(problem.cross->columns()) + "]")
        .expected("[" + std::to_string(n) + ", " + std::to_string(m) + "]");
  }
  check_dense_request("plan of a Gromov-Wasserstein problem", n, m, at::kDouble, settings.limit_bytes);

  // The weights against a cost of the right shape and dtype.
  auto weights = linear_problem(std::make_shared<PointCloud>(at::zeros({n, 1}, at::TensorOptions().dtype(out.dtype)),
                                                             at::zeros({m, 1}, at::TensorOptions().dtype(out.dtype))),
                                1);
  weights.a = problem.a;
  weights.b = problem.b;
  const auto checked = check_problem(weights);
  const auto side = [](const ProblemSide& data, double mass) {
    return to_tensor(Eigen::VectorXd(to_eigen(data.weights) * (mass / data.mass)), at::kDouble);
  };
  out.a = side(checked.a, checked.a.mass);
  out.b = side(checked.b, checked.a.mass);

  out.x = gromov_check_detail::read_side(*problem.x, problem.loss, settings.limit_bytes);
  out.y = gromov_check_detail::read_side(*problem.y, problem.loss, settings.limit_bytes);
  if (problem.loss == GromovLoss::kKl && out.x.row.requires_grad() && out.x.cost.left().minCoeff() <= 0) {
    throw Error(ErrorKind::kData, "the KL loss has no gradient in a cost of 0")
        .at("C1")
        .found(number_text(out.x.cost.left().minCoeff()))
        .expected("entries above 0, or a matrix without gradient");
  }
  if (out.fused) {
    const auto cross = problem.cross->cost_matrix(settings.limit_bytes);
    out.cross = {CostOperator(to_row_matrix(cross)), cross, {}};
  }
  if (settings.start.defined()) {
    gromov_check_detail::check_start(settings.start, n, m);
    out.start = to_row_matrix(settings.start);
    out.start *= checked.a.mass / out.start.sum();
  } else {
    out.start = to_row_matrix(out.a) * to_row_matrix(out.b).transpose() / checked.a.mass;
  }
  return out;
}

}  // namespace brenier::ot
