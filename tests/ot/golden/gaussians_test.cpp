// Golden cases 17 and 41: closed forms of Gaussians against solves on grids of points.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ot/gaussian/bures.h"
#include "ot/geometry/grid.h"
#include "ot/geometry/point_cloud.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::golden_case {

// Points mean + k h within 8 standard deviations, and the density there: what is cut off is below 1e-14.
struct Line {
  Line(double mean, double variance) {
    const double h = .25;
    const auto steps = static_cast<Index>(std::floor(8 * std::sqrt(variance) / h + 1e-9));
    points = mean + h * at::arange(-steps, steps + 1, at::kDouble);
  }
  at::Tensor points;
};

at::Tensor bell(const at::Tensor& points, double mean, double variance) {
  const auto density = at::exp(-(points - mean).square() / (2 * variance));
  return density / density.sum();
}

GaussianMeasure normal(double mean, double variance) {
  return {at::full({1}, mean, at::kDouble), at::full({1, 1}, variance, at::kDouble)};
}

TEST(OtGolden, Case17GaussianClosedFormOnALine) {
  struct Row {
    double mean, from, to, epsilon, value;
  };
  for (const auto& row : {Row{1, 1, 2.25, .5, 1.9583505183299865}, Row{2, .25, 1, 1, 4.8725719237799066}}) {
    const auto p = normal(0, row.from);
    const auto q = normal(row.mean, row.to);
    EXPECT_NEAR(gaussian_entropic_value(p, q, row.epsilon), row.value, 1e-12);
    const Line x(0, row.from);
    const Line y(row.mean, row.to);
    const std::shared_ptr<const Geometry> cloud =
        std::make_shared<PointCloud>(x.points.unsqueeze(1), y.points.unsqueeze(1));
    const std::shared_ptr<const Geometry> grid = std::make_shared<Grid>(Grid::from_coordinates({x.points}, {y.points}));
    for (const auto& geometry : {cloud, grid}) {
      auto problem = linear_problem(geometry, row.epsilon);
      problem.a = bell(x.points, 0, row.from);
      problem.b = bell(y.points, row.mean, row.to);
      const auto out = sinkhorn(problem, exact());
      EXPECT_NEAR(out.dual, row.value, 1e-9) << geometry->name();
      // The plan's mean of y given x is the closed form's map.
      const auto mapped = apply_plan(out, Direction::kRows, y.points.unsqueeze(1)).squeeze(1) / problem.a;
      const double slope = gaussian_map(p.covariance, q.covariance, row.epsilon).item<double>();
      const auto inner = x.points.abs() <= 3 * std::sqrt(row.from);
      EXPECT_LT(difference(mapped.masked_select(inner), (row.mean + slope * x.points).masked_select(inner)), 1e-7);
    }
  }
}

TEST(OtGolden, Case17GaussianClosedFormInThePlane) {
  const GaussianMeasure p{tensor({0, 0}, {2}), tensor({1, .3, .3, .5}, {2, 2})};
  const GaussianMeasure q{tensor({1, -.5}, {2}), tensor({.8, -.2, -.2, 1.2}, {2, 2})};
  const double value = gaussian_entropic_value(p, q, .4);
  EXPECT_NEAR(value, 2.5544837962711426, 1e-12);

  const auto weights = [](const at::Tensor& first, const at::Tensor& second, const GaussianMeasure& measure) {
    const auto& A = measure.covariance;
    const auto u = (first - measure.mean[0]).unsqueeze(1);
    const auto v = (second - measure.mean[1]).unsqueeze(0);
    const auto form = A[1][1] * u.square() - 2 * A[0][1] * u * v + A[0][0] * v.square();
    const auto density = at::exp(-.5 * form / (A[0][0] * A[1][1] - A[0][1].square()));
    return (density / density.sum()).reshape({-1});
  };
  const Line x0(0, 1);
  const Line x1(0, .5);
  const Line y0(1, .8);
  const Line y1(-.5, 1.2);
  auto problem = linear_problem(
      std::make_shared<Grid>(Grid::from_coordinates({x0.points, x1.points}, {y0.points, y1.points})), .4);
  problem.a = weights(x0.points, x1.points, p);
  problem.b = weights(y0.points, y1.points, q);
  const auto out = sinkhorn(problem, exact(1e-11));
  EXPECT_TRUE(out.converged());
  EXPECT_NEAR(out.dual, value, 1e-9);
}

TEST(OtGolden, Case41BuresDistance) {
  EXPECT_NEAR(std::sqrt(gaussian_w2_squared(normal(0, 1), normal(10, 1))), 10, 1e-13);
  EXPECT_NEAR(gaussian_map(normal(0, 1).covariance, normal(10, 1).covariance).item<double>(), 1, 1e-14);
}

}  // namespace brenier::ot::golden_case
