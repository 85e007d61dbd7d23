// Properties of the solver, its honesty, and bad input.
#include "ot/sinkhorn/sinkhorn.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "ot/geometry/dense_cost.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {
namespace sinkhorn_test_detail {

struct Case {
  LinearProblem problem;
  double mass = 1;
};

// 1 to 40 points a side, masses .1 to 10, epsilon from 1e-2 to 10 of the mean cost.
Case random_case(std::uint64_t seed, bool balanced) {
  RandomStream random(seed, "tests/ot/sinkhorn");
  const Index n = 1 + random.below(40);
  const Index m = 1 + random.below(40);
  const auto draw = [&](Index rows, Index columns, bool positive) {
    auto out = at::empty({rows, columns}, at::kDouble);
    for (Index k = 0; k < out.numel(); ++k)
      out.data_ptr<double>()[k] = positive ? .05 + random.uniform() : random.normal();
    return out;
  };
  Case out;
  const auto y = draw(m, 2, false) + 0.5;
  out.problem.geometry = std::make_shared<PointCloud>(draw(n, 2, false), y);
  out.mass = std::pow(10, random.uniform(-1, 1));
  auto a = draw(n, 1, true).reshape({n});
  auto b = draw(m, 1, true).reshape({m});
  out.problem.a = a / a.sum() * out.mass;
  out.problem.b = b / b.sum() * (balanced ? out.mass : out.mass * random.uniform(.5, 2));
  out.problem.epsilon = at::scalar_tensor(std::pow(10, random.uniform(-2, 1)), at::kDouble);
  out.problem.epsilon_scale = EpsilonScale::kMean;
  if (!balanced) {
    out.problem.penalty_a = MarginalPenalty::tau(random.uniform(.3, .99));
    out.problem.penalty_b = MarginalPenalty::tau(random.uniform(.3, .99));
  }
  return out;
}

SinkhornSettings tight() {
  SinkhornSettings settings;
  settings.threshold = 1e-9;
  settings.max_iterations = 100000;
  return settings;
}

double relative(double a, double b) { return std::abs(a - b) / std::max({1e-3, std::abs(a), std::abs(b)}); }

// Far from converged, [dual, dual + gap] still holds the value.
bool early_bound_holds(const LinearProblem& problem, const SinkhornOutput& solved) {
  auto early = tight();
  early.fixed_iterations = 2;
  const auto rough = sinkhorn(problem, early);
  return rough.dual <= solved.dual + *solved.gap + 1e-9 && rough.dual + *rough.gap >= solved.dual - 1e-9;
}

}  // namespace sinkhorn_test_detail

using sinkhorn_test_detail::early_bound_holds;
using sinkhorn_test_detail::random_case;
using sinkhorn_test_detail::relative;
using sinkhorn_test_detail::tight;

RC_GTEST_PROP(SinkhornProperty, BalancedPlansMeetTheirMarginalsAndAreCertified, (std::uint64_t seed)) {
  const auto test = random_case(seed, true);
  const auto out = sinkhorn(test.problem, tight());
  RC_ASSERT(out.converged());
  const auto plan =
      ((out.f.unsqueeze(1) + out.g.unsqueeze(0) - test.problem.geometry->cost_matrix()) / out.epsilon).exp();
  RC_ASSERT((plan.sum(1) - test.problem.a).abs().sum().item<double>() <= 1.01e-9 * test.mass);
  RC_ASSERT((plan.sum(0) - test.problem.b).abs().sum().item<double>() <= 1.01e-9 * test.mass);
  RC_ASSERT(*out.gap >= 0);
  RC_ASSERT(*out.gap <= 1e-6 * (1 + std::abs(out.dual)));
  RC_ASSERT(early_bound_holds(test.problem, out));
}

RC_GTEST_PROP(SinkhornProperty, UnbalancedProblemsAreCertifiedToo, (std::uint64_t seed)) {
  auto test = random_case(seed, false);
  if (seed % 3 == 0) test.problem.penalty_a = {};
  const auto out = sinkhorn(test.problem, tight());
  RC_ASSERT(out.converged());
  RC_ASSERT(*out.gap <= 1e-6 * (1 + std::abs(out.dual)));
  RC_ASSERT(early_bound_holds(test.problem, out));
}

// Drawn by the property above: what the rounded plan misses is above 0 and below the rounding of its mass.
TEST(SinkhornCertificate, IsFiniteWhereAlmostNothingIsMissing) {
  auto test = random_case(1236708499193634, false);
  test.problem.penalty_a = {};
  const auto out = sinkhorn(test.problem, tight());
  ASSERT_TRUE(out.converged());
  EXPECT_LE(*out.gap, 1e-6 * (1 + std::abs(out.dual)));
}

RC_GTEST_PROP(SinkhornProperty, Case39SymmetryAndScaling, (std::uint64_t seed)) {
  const auto test = random_case(seed, seed % 2 == 0);
  const auto out = sinkhorn(test.problem, tight());
  auto turned = test.problem;
  turned.geometry = test.problem.geometry->transposed();
  std::swap(turned.a, turned.b);
  std::swap(turned.penalty_a, turned.penalty_b);
  RC_ASSERT(relative(sinkhorn(turned, tight()).dual, out.dual) < 1e-6);
  auto scaled = test.problem;
  scaled.geometry = std::make_shared<DenseCost>(test.problem.geometry->cost_matrix() * 3);
  RC_ASSERT(relative(sinkhorn(scaled, tight()).dual, 3 * out.dual) < 1e-6);
}

RC_GTEST_PROP(SinkhornProperty, EveryWayOfIteratingAgrees, (std::uint64_t seed)) {
  const auto test = random_case(seed, seed % 2 == 0);
  const auto best = sinkhorn(test.problem, tight());
  auto plain = tight();
  plain.relaxation = 1;
  plain.annealing_factor = 1;
  plain.newton = false;
  plain.threshold = 1e-7;
  const auto slow = sinkhorn(test.problem, plain);
  RC_PRE(slow.converged());
  RC_ASSERT(relative(slow.dual, best.dual) < 1e-6);
  auto warm = tight();
  warm.threshold = 1e-7;
  const auto values = [](const at::Tensor& tensor) {
    return std::vector<double>(tensor.const_data_ptr<double>(), tensor.const_data_ptr<double>() + tensor.numel());
  };
  const auto again = sinkhorn(test.problem, warm, {values(best.f), values(best.g)});  // case 24
  RC_ASSERT(again.iterations == 1);
}

TEST(Sinkhorn, Case24CountsThatAreAskedForAreKept) {
  const GoldenProblem golden(8, 11, 2, .1);
  auto settings = tight();
  settings.threshold = 1e-4;
  settings.min_iterations = 34;
  const auto patient = sinkhorn(golden.problem, settings);
  EXPECT_EQ(patient.iterations, 34);
  EXPECT_EQ(patient.errors.size(), 34U);
  EXPECT_TRUE(patient.converged());
  settings.min_iterations = 0;
  EXPECT_LT(sinkhorn(golden.problem, settings).iterations, 34);
  // After a fixed count the last error decides.
  for (const Index count : {2, 200}) {
    settings.fixed_iterations = count;
    const auto fixed = sinkhorn(golden.problem, settings);
    EXPECT_EQ(fixed.iterations, count);
    EXPECT_EQ(fixed.converged(), count == 200);
    EXPECT_EQ(fixed.converged(), fixed.marginal_error <= settings.threshold);
  }
}

TEST(Sinkhorn, NeverSaysConvergedAboveTheThreshold) {
  GoldenProblem golden(8, 11, 2, .01);
  SinkhornSettings settings;
  settings.threshold = 1e-10;
  settings.max_iterations = 3;
  const auto cut = sinkhorn(golden.problem, settings);
  EXPECT_EQ(cut.status, SinkhornStatus::kMaxIterations);
  EXPECT_GT(cut.marginal_error, 1e-10);
  settings.fixed_iterations = 5;
  const auto fixed = sinkhorn(golden.problem, settings);
  EXPECT_EQ(fixed.iterations, 5);
  EXPECT_FALSE(fixed.converged());
  // Below the rounding of float32: it stops and says so.
  const GoldenProblem narrow(8, 11, 2, .01, at::kFloat);
  settings.fixed_iterations = 0;
  settings.threshold = 1e-13;
  settings.max_iterations = 100000;
  const auto stalled = sinkhorn(narrow.problem, settings);
  EXPECT_FALSE(stalled.converged());
  EXPECT_LT(stalled.iterations, 5000);
}

TEST(Sinkhorn, Case42SmallEpsilonOnALineIsHonest) {
  const auto bins = at::arange(100, at::kDouble);
  const auto bell = [&](double mean) {
    const auto weights = at::exp(-(bins - mean).square() / 200);
    return weights / weights.sum();
  };
  const auto points = bins.reshape({100, 1});
  for (const double epsilon : {1e-3, 1e-2, 1., 10.}) {
    auto problem = linear_problem(std::make_shared<PointCloud>(points, points), epsilon);
    problem.a = bell(30);
    problem.b = bell(40);
    SinkhornSettings settings;
    settings.threshold = 1e-8;
    settings.max_iterations = 3000;
    const auto out = sinkhorn(problem, settings);
    EXPECT_EQ(out.converged(), out.marginal_error <= 1e-8);
    EXPECT_GT(out.transport_cost, 90) << epsilon;
    if (out.converged() && epsilon <= 1e-2) {
      EXPECT_NEAR(out.transport_cost, 99.31530613766284, 1e-2);
    }
  }
}

TEST(Sinkhorn, Case43LargeCostsInFloat32AreHonest) {
  const auto data = golden_data(8, 11, 2);
  const auto cloud = std::make_shared<PointCloud>(tensor(data.x, {8, 2}).to(at::kFloat) * 100,
                                                  tensor(data.y, {11, 2}).to(at::kFloat) * 100);
  auto problem = linear_problem(cloud, .1);
  SinkhornSettings settings;
  settings.max_iterations = 500;
  const auto out = sinkhorn(problem, settings);
  EXPECT_TRUE(std::isfinite(out.dual));
  EXPECT_EQ(out.converged(), out.marginal_error <= settings.threshold);
}

TEST(Sinkhorn, DoesNotDependOnTheNumberOfThreads) {
  const GoldenProblem golden(300, 200, 3, .02);
  const int before = at::get_num_threads();
  const auto solve = [&](int threads) {
    at::set_num_threads(threads);
    return sinkhorn(golden.problem);
  };
  const auto one = solve(1);
  const auto two = solve(2);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.f, two.f));
  EXPECT_TRUE(at::equal(one.g, two.g));
  EXPECT_EQ(one.dual, two.dual);
}

TEST(Sinkhorn, StopsWhenTheCallbackSaysSo) {
  const GoldenProblem golden(8, 11, 2, .001);
  SinkhornSettings settings;
  settings.threshold = 1e-12;
  Index seen = 0;
  settings.progress = [&](const SinkhornProgress& progress) {
    seen = progress.iteration;
    return progress.iteration < 4;
  };
  const auto out = sinkhorn(golden.problem, settings);
  EXPECT_EQ(out.status, SinkhornStatus::kCancelled);
  EXPECT_EQ(seen, 4);
  EXPECT_TRUE(at::isfinite(out.f).all().item<bool>());
}

TEST(Sinkhorn, OnePointAgainstOnePoint) {
  const auto cloud = std::make_shared<PointCloud>(at::zeros({1, 3}, at::kDouble), at::ones({1, 3}, at::kDouble));
  const auto out = sinkhorn(linear_problem(cloud, .1));
  EXPECT_TRUE(out.converged());
  EXPECT_NEAR(out.dual, 3, 1e-12);
}

// The message of the Error that solving throws; empty when it does not.
std::string refusal(const LinearProblem& problem, const SinkhornSettings& settings = {}) {
  try {
    std::ignore = sinkhorn(problem, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(Sinkhorn, RefusesBadInputWithOneClearError) {
  const auto base = [] { return GoldenProblem(8, 11, 2, .1).problem; };
  const auto expect = [&](const auto& spoil, const std::string& text) {
    auto problem = base();
    problem.a = problem.a.detach().clone();
    problem.b = problem.b.detach().clone();
    spoil(problem);
    const auto message = refusal(problem);
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect([](auto& p) { p.a[3] = -1; }, "weights a");
  expect([](auto& p) { p.a = at::zeros(8, at::kDouble); }, "all weights are zero");
  expect([](auto& p) { p.b[0] = std::numeric_limits<double>::quiet_NaN(); }, "weights b");
  expect([](auto& p) { p.a = p.a * 2; }, "different masses");
  expect([](auto& p) { p.a = at::ones(5, at::kDouble); }, "[8]");
  expect([](auto& p) { p.a = p.a.to(at::kFloat); }, "another type");
  expect([](auto& p) { p.epsilon = at::scalar_tensor(0., at::kDouble); }, "epsilon");
  expect([](auto& p) { p.epsilon = at::scalar_tensor(-1., at::kDouble); }, "epsilon");
  expect([](auto& p) { p.epsilon = at::ones(2, at::kDouble); }, "epsilon is one number");
  expect([](auto& p) { p.geometry = nullptr; }, "no geometry");
  SinkhornSettings settings;
  settings.threshold = 0;
  EXPECT_NE(refusal(base(), settings).find("threshold"), std::string::npos);
  settings = {};
  settings.relaxation = 2;
  EXPECT_NE(refusal(base(), settings).find("relaxation"), std::string::npos);
  EXPECT_THROW(std::ignore = MarginalPenalty::tau(0), Error);
  EXPECT_THROW(std::ignore = MarginalPenalty::tau(1.1), Error);
  EXPECT_THROW(std::ignore = MarginalPenalty::rho(-1), Error);
  EXPECT_THROW(std::ignore = epsilon_scale_by_name("median"), Error);
  EXPECT_THROW(std::ignore = sinkhorn(base(), {}, {std::vector<double>(3), {}}), Error);

  auto nan = at::ones({4, 2}, at::kDouble);
  nan[1][1] = std::numeric_limits<double>::quiet_NaN();
  const auto points = at::ones({4, 2}, at::kDouble);
  EXPECT_THROW(PointCloud(nan, points), Error);
  EXPECT_THROW(PointCloud(points, at::ones({4, 3}, at::kDouble)), Error);
  EXPECT_THROW(PointCloud(points, points.to(at::kFloat)), Error);
  EXPECT_THROW(PointCloud(points.to(at::kLong), points), Error);
  EXPECT_THROW(PointCloud(points.slice(0, 0, 0), points), Error);
  EXPECT_THROW(PointCloud(at::zeros({4, 2}, at::kDouble), points, cost_by_name("cosine")), Error);
  EXPECT_THROW(std::ignore = cost_by_name("euclidian"), Error);
  EXPECT_THROW(std::ignore = cost_by_name("pnorm:0.5"), Error);

  auto matrix = at::ones({4, 4}, at::kDouble);
  const auto problem = linear_problem(std::make_shared<DenseCost>(matrix), .1);
  matrix[0][0] = 2;
  EXPECT_NE(refusal(problem).find("changed in place"), std::string::npos);
}

}  // namespace brenier::ot
