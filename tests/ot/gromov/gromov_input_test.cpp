// Bad input of Gromov-Wasserstein, and results that did not converge.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"
#include "tests/ot/gromov/gromov_cases.h"

namespace brenier::ot {
namespace gromov_input_test_detail {

void expect_error(const GromovProblem& problem, ErrorKind kind, const std::string& part,
                  const GromovSettings& settings = {}) {
  try {
    std::ignore = gromov_wasserstein(problem, settings);
    ADD_FAILURE() << "no error for " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace gromov_input_test_detail

using gromov_input_test_detail::expect_error;
using gromov_input_test_detail::kNan;

TEST(GromovInput, NumbersOutOfRange) {
  const GromovGolden golden(5, 4);
  for (const double epsilon : {0.0, -1.0, kNan, std::numeric_limits<double>::infinity()})
    expect_error(golden.points(epsilon), ErrorKind::kUsage, "epsilon");
  for (const double alpha : {-.1, 1.1, kNan}) {
    auto problem = golden.points(.1);
    problem.cross = golden.cross();
    problem.alpha = alpha;
    expect_error(problem, ErrorKind::kUsage, "alpha");
  }
  auto alone = golden.points(.1);
  alone.alpha = .5;
  expect_error(alone, ErrorKind::kUsage, "no cross cost");
  GromovSettings settings;
  settings.threshold = 0;
  expect_error(golden.points(.1), ErrorKind::kUsage, "threshold", settings);
  settings = {};
  settings.max_iterations = 0;
  expect_error(golden.points(.1), ErrorKind::kUsage, "max_iterations", settings);
  settings = {};
  settings.step = 1.5;
  expect_error(golden.points(.1), ErrorKind::kUsage, "step", settings);
  settings = {};
  settings.inner.relaxation = 3;
  expect_error(golden.points(.1), ErrorKind::kUsage, "relaxation", settings);
}

TEST(GromovInput, GeometriesThatDoNotFit) {
  const GromovGolden golden(5, 4);
  auto problem = golden.points(.1);
  problem.x = nullptr;
  expect_error(problem, ErrorKind::kUsage, "no geometry");
  problem = golden.points(.1);
  problem.y = golden.cross();
  expect_error(problem, ErrorKind::kUsage, "[5, 4]");
  problem = golden.points(.1);
  problem.cross = std::make_shared<PointCloud>(golden.y, golden.x);
  expect_error(problem, ErrorKind::kData, "[4, 5]");
  problem = golden.points(.1);
  problem.y = std::make_shared<PointCloud>(golden.y.to(at::kFloat), golden.y.to(at::kFloat));
  expect_error(problem, ErrorKind::kData, "different types");
  // NaN in a matrix is met where the geometry is made.
  auto matrix = square_distances(golden.x, golden.x);
  matrix[1][2] = kNan;
  EXPECT_THROW(DenseCost{matrix}, Error);
}

TEST(GromovInput, Weights) {
  const GromovGolden golden(5, 4);
  auto problem = golden.points(.1);
  problem.a = golden.a.clone();
  problem.a[1] = -problem.a[1];
  expect_error(problem, ErrorKind::kData, "negative");
  problem.a = golden.b;
  expect_error(problem, ErrorKind::kData, "a");
  problem.a = golden.a.clone();
  problem.a[0] = kNan;
  expect_error(problem, ErrorKind::kData, "a");
  problem.a = 2 * golden.a;
  expect_error(problem, ErrorKind::kData, "mass");
}

TEST(GromovInput, StartPlans) {
  const GromovGolden golden(5, 4);
  const auto with = [](const at::Tensor& start) {
    GromovSettings settings;
    settings.start = start;
    return settings;
  };
  const auto good = at::ones({5, 4}, at::kDouble);
  expect_error(golden.points(.1), ErrorKind::kData, "start plan", with(at::ones({4, 5}, at::kDouble)));
  expect_error(golden.points(.1), ErrorKind::kData, "an entry of -1", with(-good));
  expect_error(golden.points(.1), ErrorKind::kData, "zeros only", with(0 * good));
  expect_error(golden.points(.1), ErrorKind::kData, "start plan", with(kNan * good));
}

TEST(GromovInput, KlLossRefusesDistances) {
  const GromovGolden golden(5, 4);
  auto problem = golden.points(.1);
  problem.loss = GromovLoss::kKl;
  expect_error(problem, ErrorKind::kData, "C2");
  problem.y = std::make_shared<DenseCost>((-square_distances(golden.y, golden.y)).exp());
  EXPECT_TRUE(gromov_wasserstein(problem).converged());  // zeros are fine in C1
  const auto x = golden.x.clone().requires_grad_(true);
  problem.x = std::make_shared<PointCloud>(x, x);
  expect_error(problem, ErrorKind::kData, "no gradient in a cost of 0");
}

TEST(GromovInput, TooLarge) {
  const GromovGolden golden(5, 4);
  GromovSettings settings;
  settings.limit_bytes = 5 * 4 * 8 - 1;
  expect_error(golden.points(.1), ErrorKind::kData, "5 x 4 pairs", settings);
  settings.limit_bytes = 5 * 4 * 8;
  EXPECT_TRUE(gromov_wasserstein(golden.points(.1), settings).converged());
  // A whole C1 is larger than the plan.
  expect_error(golden.matrices(.1), ErrorKind::kData, "5 x 5 pairs", settings);
}

TEST(GromovHonesty, DefaultsAndNoScale) {
  const GromovGolden golden(5, 4);
  auto problem = golden.points(.1);
  problem.epsilon.reset();
  const auto out = gromov_wasserstein(problem);
  const auto product = at::outer(golden.a, golden.b);
  const double gw = gromov_by_definition(GromovLoss::kSquare, square_distances(golden.x, golden.x),
                                         square_distances(golden.y, golden.y), product);
  EXPECT_NEAR(out.epsilon, .05 * 2 * gw, 1e-14);
  problem.x = std::make_shared<DenseCost>(at::zeros({5, 5}, at::kDouble));
  problem.y = std::make_shared<DenseCost>(at::zeros({4, 4}, at::kDouble));
  expect_error(problem, ErrorKind::kData, "no scale for epsilon");
  // With a given epsilon there is nothing wrong with it: the product plan.
  problem.epsilon = 1;
  EXPECT_LT((gromov_wasserstein(problem).plan - product).abs().max().item<double>(), 1e-9);
}

TEST(GromovHonesty, SaysWhenItDidNotConverge) {
  const GromovGolden golden;
  GromovSettings settings = GromovGolden::exact();
  settings.max_iterations = 3;
  const auto few = gromov_wasserstein(golden.points(.02), settings);
  EXPECT_EQ(few.status, SinkhornStatus::kMaxIterations);
  EXPECT_EQ(few.iterations, 3);
  EXPECT_GT(few.change, settings.threshold);
  // Solves that do not reach their threshold: the plan may stand still and is still not converged.
  settings = {};
  settings.threshold = 1e-2;
  settings.inner.fixed_iterations = 1;
  settings.inner.threshold = 1e-14;
  settings.max_iterations = 30;
  const auto loose = gromov_wasserstein(golden.points(.02), settings);
  EXPECT_NE(loose.status, SinkhornStatus::kConverged);
  EXPECT_GT(loose.marginal_error, 1e-14);
}

TEST(GromovHonesty, ProgressCanCancel) {
  const GromovGolden golden;
  GromovSettings settings = GromovGolden::exact();
  Index seen = 0;
  settings.progress = [&](const GromovProgress& progress) {
    seen = progress.iteration;
    return progress.iteration < 4;
  };
  const auto out = gromov_wasserstein(golden.points(.02), settings);
  EXPECT_EQ(out.status, SinkhornStatus::kCancelled);
  EXPECT_EQ(out.iterations, 4);
  EXPECT_EQ(seen, 4);
  settings.progress = nullptr;
  settings.inner.progress = [](const SinkhornProgress&) { return false; };
  EXPECT_EQ(gromov_wasserstein(golden.points(.02), settings).status, SinkhornStatus::kCancelled);
}

// Negated squared distances are as far from concave as can be: plain steps jump between two plans.
TEST(GromovHonesty, ShorterStepsEndOscillation) {
  const GromovGolden golden;
  auto problem = golden.matrices(.01);
  problem.x = std::make_shared<DenseCost>(-square_distances(golden.x, golden.x));
  GromovSettings settings;
  settings.step = 1;
  settings.max_iterations = 300;
  const auto plain = gromov_wasserstein(problem, settings);
  EXPECT_FALSE(plain.converged());
  settings.step = 0;
  const auto out = gromov_wasserstein(problem, settings);
  EXPECT_TRUE(out.converged()) << out.change << " " << out.step;
  EXPECT_LT(out.step, 1);
  EXPECT_LT(out.value.item<double>(), plain.value.item<double>() + 1e-9);
}

TEST(GromovHonesty, SameNumbersForEveryThreadCount) {
  const GromovGolden golden(150, 140);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = gromov_wasserstein(golden.points(.05));
  at::set_num_threads(2);
  const auto two = gromov_wasserstein(golden.points(.05));
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.plan, two.plan));
  EXPECT_EQ(one.value.item<double>(), two.value.item<double>());
}

}  // namespace brenier::ot
