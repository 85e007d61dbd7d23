// Golden cases 19, 20 and 30: plans against permutations, assignments and exact duals.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/random.h"
#include "ot/exact/assignment.h"
#include "ot/exact/exact_transport.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/doubles.h"
#include "ot/geometry/point_cloud.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::golden_case {

TEST(OtGolden, Case19IdenticalCloudsKeepTheirPlaces) {
  const auto x = tensor(golden_data(17, 17, 4).x, {17, 4});
  // Alternating updates of a near-permutation creep: they stall at 7e-12.
  const auto out = sinkhorn(linear_problem(std::make_shared<PointCloud>(x, x), .01), exact(1e-11));
  EXPECT_TRUE(out.converged()) << out.marginal_error;
  const double trace = dense_plan(out).diagonal().sum().item<double>();
  EXPECT_NEAR(trace, .9999995854531509, 1e-10);
  EXPECT_GT(trace, .99);
  EXPECT_LT(trace, 1);
}

TEST(OtGolden, Case20SmallEpsilonPlansAreAssignments) {
  const auto data = golden_data(17, 17, 4);
  const auto x = tensor(data.x, {17, 4});
  const auto y = tensor(data.y, {17, 4});
  const auto squared = std::make_shared<PointCloud>(x, y);
  const auto out = sinkhorn(linear_problem(squared, .01), exact(1e-12));
  EXPECT_TRUE(out.converged()) << out.marginal_error;
  const auto plan = dense_plan(out);

  const auto assignment = solve_assignment(data.cost, 17);
  EXPECT_EQ(assignment.column, (std::vector<std::int64_t>{10, 2, 6, 15, 0, 4, 14, 13, 1, 3, 11, 7, 16, 8, 12, 5, 9}));
  auto matched = at::zeros({17, 17}, at::kDouble);
  for (Index i = 0; i < 17; ++i) matched[i][assignment.column[static_cast<std::size_t>(i)]] = 1. / 17;
  EXPECT_NEAR(cosine_distance(plan, matched), .0021458, 1e-7);
  EXPECT_GE(out.transport_cost, assignment.value / 17);

  const auto inner = std::make_shared<DenseCost>(-x.mm(y.t()));
  const auto same = dense_plan(sinkhorn(linear_problem(inner, .01), exact(1e-12)));
  EXPECT_NEAR(cosine_distance(plan, same), .0164421, 1e-7);
  // |x - y|^2 is 2 (-<x, y>) and terms of one side alone: at half of epsilon the plans are one.
  const auto half = dense_plan(sinkhorn(linear_problem(inner, .005), exact(1e-12)));
  EXPECT_LT(difference(plan, half), 1e-8);
}

TEST(OtGolden, Case30VariantsOfTheSolverAgree) {
  RandomStream random(0, "tests/ot/case 30");
  std::vector<double> values;
  for (int k = 0; k < 200; ++k) values.push_back(random.normal());
  const auto x = tensor(values, {100, 2});
  const std::shared_ptr<const Geometry> cloud = std::make_shared<PointCloud>(x, x);
  const auto reference = sinkhorn(linear_problem(cloud, 1), plain());
  const auto plan = dense_plan(reference);
  EXPECT_LT((plan.sum(0) - .01).abs().max().item<double>(), 1e-12);
  EXPECT_LT((plan.sum(1) - .01).abs().max().item<double>(), 1e-12);

  auto relaxed = plain();
  relaxed.relaxation = 0;
  auto newton = plain();
  newton.newton = true;
  auto annealed = plain();
  annealed.annealing_factor = .8;
  const auto dense = std::make_shared<DenseCost>(cloud->cost_matrix());
  for (const auto& settings : {relaxed, newton, annealed, exact()}) {
    for (const auto& geometry : {cloud, std::shared_ptr<const Geometry>(dense)}) {
      const auto out = sinkhorn(linear_problem(geometry, 1), settings);
      EXPECT_TRUE(out.converged());
      EXPECT_LT(difference(dense_plan(out), plan), 1e-11);
    }
  }
}

TEST(OtGolden, Case30ExactDualsAreAStart) {
  // Whole numbers: x_i = 7 i mod 11, y_j = 5 j mod 13 + 1, squared distances.
  const auto x = (7 * at::arange(10)).remainder(11).to(at::kDouble).unsqueeze(1);
  const auto y = (5 * at::arange(20)).remainder(13).to(at::kDouble).unsqueeze(1) + 1;
  const std::shared_ptr<const Geometry> cloud = std::make_shared<PointCloud>(x, y);
  const auto duals = exact_transport(cloud->cost_matrix());
  for (const double epsilon : {1., 10.}) {
    const auto problem = linear_problem(cloud, epsilon);
    const auto zeros = sinkhorn(problem, exact());
    const auto warm = sinkhorn(problem, exact(), {to_vector(duals.f), to_vector(duals.g)});
    EXPECT_TRUE(warm.converged());
    EXPECT_LT(difference(dense_plan(warm), dense_plan(zeros)), 1e-11) << epsilon;
    EXPECT_LT(difference(warm.f, zeros.f), 1e-9 * std::max(1., epsilon)) << epsilon;
  }
  const auto warm = sinkhorn(linear_problem(cloud, 1), plain(1e-6), {to_vector(duals.f), to_vector(duals.g)});
  EXPECT_LT(warm.iterations, sinkhorn(linear_problem(cloud, 1), plain(1e-6)).iterations);
}

}  // namespace brenier::ot::golden_case
