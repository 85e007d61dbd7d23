// Golden cases 21, 23, 25 and 32: every way to the same numbers.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "ot/geometry/dense_cost.h"
#include "ot/geometry/grid.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot::golden_case {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The points of case 16, [20, 2], and its weights.
at::Tensor axis(std::initializer_list<double> values) {
  return tensor(std::vector<double>(values), {static_cast<Index>(values.size())});
}
at::Tensor weights(int count, int prime) {
  std::vector<double> out;
  for (int k = 0; k < count; ++k) out.push_back(.1 + golden_fraction(k, prime));
  const auto all = tensor(out, {count});
  return all / all.sum();
}

TEST(OtGolden, Case21GeometriesAndMethodsAgree) {
  const auto xs = axis({0, .3, .7, 1.1, 1.6});
  const auto ys = axis({0, .5, .9, 1.5});
  const auto points = at::stack({xs.repeat_interleave(4), ys.repeat({5})}, 1);
  const std::shared_ptr<const Geometry> cloud = std::make_shared<PointCloud>(points, points);
  const std::vector<std::shared_ptr<const Geometry>> geometries{
      cloud, std::make_shared<DenseCost>(cloud->cost_matrix()),
      std::make_shared<Grid>(Grid::from_coordinates({xs, ys}))};
  auto relaxed = plain();
  relaxed.relaxation = 0;
  auto newton = plain();
  newton.newton = true;
  for (const double tau_a : {1., .93}) {
    for (const double tau_b : {1., .91}) {
      const auto solve = [&](const std::shared_ptr<const Geometry>& geometry, const SinkhornSettings& settings) {
        auto problem = linear_problem(geometry, .2);
        problem.a = weights(20, 2);
        problem.b = weights(20, 3);
        problem.penalty_a = MarginalPenalty::tau(tau_a);
        problem.penalty_b = MarginalPenalty::tau(tau_b);
        return sinkhorn(problem, settings);
      };
      const auto reference = solve(cloud, plain());
      const auto plan = dense_plan(reference);
      for (const auto& geometry : geometries) {
        for (const auto& settings : {plain(), relaxed, newton, exact()}) {
          SCOPED_TRACE(geometry->name() + ", tau " + std::to_string(tau_a) + " and " + std::to_string(tau_b));
          const auto out = solve(geometry, settings);
          EXPECT_TRUE(out.converged()) << out.marginal_error;
          EXPECT_NEAR(out.dual, reference.dual, 1e-12);
          EXPECT_NEAR(out.transport_cost, reference.transport_cost, 1e-11);
          EXPECT_LT(difference(out.f, reference.f), 1e-10);
          EXPECT_LT(difference(out.g, reference.g), 1e-10);
          EXPECT_LT(difference(apply_plan(out, Direction::kRows, points), plan.mm(points)), 1e-12);
        }
      }
    }
  }
}

TEST(OtGolden, Case23RelativeEpsilonFollowsTheScaleOfThePoints) {
  const auto solve = [](double factor, Reference reference, const SinkhornSettings& settings) {
    const auto data = golden_data(17, 29, 4);
    auto a = tensor(data.a, {17});
    auto b = tensor(data.b, {29});
    a[0] = 0;
    b[3] = 0;
    auto problem = linear_problem(
        std::make_shared<PointCloud>(tensor(data.x, {17, 4}) * factor, tensor(data.y, {29, 4}) * factor), .05);
    problem.a = a / a.sum();
    problem.b = b / b.sum();
    problem.epsilon_scale = EpsilonScale::kStandardDeviation;
    problem.penalty_a = MarginalPenalty::tau(.99);
    problem.penalty_b = MarginalPenalty::tau(.97);
    problem.reference = reference;
    return sinkhorn(problem, settings);
  };
  struct Row {
    Reference reference;
    double f1, f2, f3;
  };
  for (const auto& row : {Row{Reference::kCounting, .11705749277, .067996458044, -.194139128821},
                          Row{Reference::kProduct, .170946506643, .119555489813, -.139257881489}}) {
    const auto near = solve(1, row.reference, exact());
    EXPECT_NEAR(near.epsilon, .03160418111947451, 1e-15);
    EXPECT_EQ(near.f[0].item<double>(), -kInfinity);
    EXPECT_LT(difference(near.f.slice(0, 1, 4), axis({row.f1, row.f2, row.f3})), 1e-10);
    const auto far = solve(2.77, row.reference, exact());
    EXPECT_NEAR(far.epsilon, 7.6729 * near.epsilon, 1e-14);
    EXPECT_LT(difference(far.f, 7.6729 * near.f), 1e-9);
    EXPECT_LT(difference(far.g, 7.6729 * near.g), 1e-9);
    // An epsilon that falls from a large one ends where a fixed one does.
    auto annealed = plain();
    annealed.annealing_start = 5;
    annealed.annealing_factor = .9;
    EXPECT_LT(difference(solve(1, row.reference, annealed).f, solve(1, row.reference, plain()).f), 1e-10);
  }
}

TEST(OtGolden, Case25AccelerationNeedsNoMoreIterations) {
  for (const double tau_a : {1., .98}) {
    for (const double tau_b : {1., .985}) {
      SCOPED_TRACE("tau " + std::to_string(tau_a) + " and " + std::to_string(tau_b));
      auto problem = GoldenProblem(137, 153, 4, 5e-4).problem;
      problem.penalty_a = MarginalPenalty::tau(tau_a);
      problem.penalty_b = MarginalPenalty::tau(tau_b);
      auto slow = plain(1e-3);
      slow.certify = false;
      slow.max_iterations = 3000;
      const auto reference = sinkhorn(problem, slow);
      for (const bool newton : {false, true}) {
        auto fast = slow;
        fast.relaxation = 0;
        fast.newton = newton;
        const auto out = sinkhorn(problem, fast);
        EXPECT_LE(out.iterations, reference.iterations);
        EXPECT_TRUE(out.converged() || !reference.converged()) << out.marginal_error;
        RecordProperty(newton ? "newton" : "relaxed",
                       std::to_string(out.iterations) + " of " + std::to_string(reference.iterations));
      }
    }
  }
}

// 100 points, b of mass 1.5, eps = rho = 1.
LinearProblem unbalanced(const MarginalPenalty& penalty_a, const MarginalPenalty& penalty_b) {
  auto problem = GoldenProblem(100, 100, 2, 1).problem;
  problem.b = problem.b.detach() * 1.5;
  problem.penalty_a = penalty_a;
  problem.penalty_b = penalty_b;
  return problem;
}

TEST(OtGolden, Case32UnbalancedPotentialsSolveTheirEquations) {
  const auto problem = unbalanced(MarginalPenalty::rho(1), MarginalPenalty::rho(1));
  const auto cost = problem.geometry->cost_matrix().detach();
  const auto a = problem.a.detach();
  const auto b = problem.b.detach();
  for (const auto reference : {Reference::kProduct, Reference::kCounting}) {
    auto own = problem;
    own.reference = reference;
    const auto plan = [&](const SinkhornSettings& settings) {
      const auto out = sinkhorn(own, settings);
      EXPECT_TRUE(out.converged()) << out.marginal_error;
      // P 1 = a exp(-f / rho), with f relative to a for the product reference.
      const bool product = reference == Reference::kProduct;
      const auto f = product ? out.f - a.log() : out.f;
      const auto g = product ? out.g - b.log() : out.g;
      const auto weight = product ? a.unsqueeze(1) * b.unsqueeze(0) : at::ones_like(cost);
      const auto own_plan = weight * (f.unsqueeze(1) + g.unsqueeze(0) - cost).exp();
      EXPECT_LT(difference(own_plan.sum(1), a * (-f).exp()), 1e-12);
      EXPECT_LT(difference(own_plan.sum(0), b * (-g).exp()), 1e-12);
      // The same as scaling vectors of POT: u = (a / K v)^(rho / (rho + eps)), K = exp(-C / eps) (times b, relative).
      const auto kernel = (-cost).exp() * (product ? b.unsqueeze(0) : at::ones_like(b).unsqueeze(0));
      const auto u = ((product ? at::ones_like(a) : a) / kernel.mv(g.exp())).sqrt();
      EXPECT_LT(difference(u, f.exp()), 1e-11);
      return own_plan.detach();
    };
    auto relaxed = plain();
    relaxed.relaxation = 0;
    const auto reference_plan = plan(plain());
    EXPECT_LT(difference(plan(relaxed), reference_plan), 1e-13);
    EXPECT_LT(difference(plan(exact()), reference_plan), 1e-13);
  }
}

TEST(OtGolden, Case32FormsOfThePenaltyAgree) {
  using Penalty = MarginalPenalty;
  const auto f = [](const Penalty& a, const Penalty& b) { return sinkhorn(unbalanced(a, b), exact()).f; };
  // tau = rho / (rho + eps).
  EXPECT_LT(difference(f(Penalty::rho(1), Penalty::rho(1)), f(Penalty::tau(.5), Penalty::tau(.5))), 1e-12);
  EXPECT_LT(difference(f(Penalty::rho(1), Penalty::rho(3)), f(Penalty::tau(.5), Penalty::tau(.75))), 1e-12);
  EXPECT_GT(difference(f(Penalty::rho(1), Penalty::rho(3)), f(Penalty::rho(1), Penalty::rho(1))), 1e-2);
  // Infinite: that side is met exactly, whatever way it is said.
  const auto balanced = f(Penalty(), Penalty::rho(2));
  EXPECT_LT(difference(f(Penalty::rho(kInfinity), Penalty::rho(2)), balanced), 1e-14);
  EXPECT_LT(difference(f(Penalty::tau(1), Penalty::rho(2)), balanced), 1e-14);
  EXPECT_LT(difference(f(Penalty::rho(1e8), Penalty::rho(2)), balanced), 1e-6);
  const auto out = sinkhorn(unbalanced(Penalty(), Penalty::rho(2)), exact());
  EXPECT_LT(difference(dense_plan(out).sum(1), unbalanced({}, {}).a), 1e-14);
}

}  // namespace brenier::ot::golden_case
