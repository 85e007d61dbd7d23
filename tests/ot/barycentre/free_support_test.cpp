// Barycentres of clouds on free points: golden case 34, OTT's and POT's numbers, the divergence's gradient, bad input.
#include "ot/barycentre/free_support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/point_cloud.h"
#include "tests/helpers/repository.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

class FreeSupportTest : public testing::Test {
 protected:
  // The three clouds of the oracle files.
  static FreeSupportProblem three_clouds(double epsilon = .1) {
    const auto data = golden_data(8, 8, 2);
    std::vector<double> z;
    std::vector<double> start;
    for (int k = 0; k < 8; ++k)
      for (const int prime : {11, 13}) z.push_back(golden_fraction(k, prime) - .4);
    for (int i = 0; i < 5; ++i) {
      start.push_back(std::cos(i));
      start.push_back(std::sin(i));
    }
    auto problem = free_barycentre_problem({tensor(data.x, {8, 2}), tensor(data.y, {8, 2}), tensor(z, {8, 2})},
                                           tensor(start, {5, 2}), epsilon);
    for (const int prime : {17, 19, 23}) problem.cloud_weights.push_back(tensor(golden_weights(8, prime), {8}));
    problem.lambda = {.5, .3, .2};
    return problem;
  }
  static FreeSupportSettings until(double threshold, double inner, bool debiased = false, Index max_iterations = 2000) {
    FreeSupportSettings settings;
    settings.threshold = threshold;
    settings.sinkhorn.threshold = inner;
    settings.debiased = debiased;
    settings.max_iterations = max_iterations;
    return settings;
  }
  static at::Tensor dirac(double place) { return at::full({1, 1}, place, at::kDouble); }
  static double largest(const at::Tensor& values) { return values.abs().max().item<double>(); }
  static void expect_refused(const FreeSupportProblem& problem, ErrorKind kind, const std::string& message,
                             const FreeSupportSettings& settings = {}) {
    try {
      (void)free_support_barycentre(problem, settings);
      FAIL() << "no error, expected: " << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
};

TEST_F(FreeSupportTest, Case34TwoDiracs) {
  for (const bool debiased : {false, true}) {
    const auto out = free_support_barycentre(free_barycentre_problem({dirac(-1), dirac(1)}, dirac(-12), .1),
                                             until(1e-4, 1e-5, debiased));
    EXPECT_TRUE(out.converged());
    EXPECT_EQ(out.iterations, 1);
    EXPECT_NEAR(out.points.item<double>(), 0, 1e-14);
    EXPECT_NEAR(out.objective, 1, 1e-12);  // (1 + 1) / 2, self terms are 0
  }
}

TEST_F(FreeSupportTest, AgreesWithOttAndPot) {
  const auto out = free_support_barycentre(three_clouds(), until(1e-12, 1e-13));
  ASSERT_TRUE(out.converged()) << out.move;
  const auto points = [](const std::string& file, const std::string& name) {
    nlohmann::json json;
    std::ifstream(tests::repository_file("tests/oracle/ot/" + file)) >> json;
    std::vector<double> values;
    for (const auto& row : json.at("problems").at(name).at("x"))
      for (const auto& value : row) values.push_back(value.get<double>());
    return tensor(values, {5, 2});
  };
  EXPECT_LT(largest(out.points - points("ott.json", "free_support_barycentre")), 1e-9);
  EXPECT_LT(largest(out.points - points("pot.json", "free_support_sinkhorn")), 1e-6);
  EXPECT_NEAR(out.objective, .2533705130518743, 1e-12);
}

TEST_F(FreeSupportTest, PlainIterationsDescend) {
  double before = std::numeric_limits<double>::infinity();
  for (Index moves = 1; moves < 40; moves += 3) {
    const auto out = free_support_barycentre(three_clouds(), until(1e-12, 1e-12, false, moves));
    EXPECT_LT(out.objective, before) << moves;
    before = out.objective;
  }
}

TEST_F(FreeSupportTest, DebiasedMovesAgainstTheGradientOfTheDivergence) {
  auto problem = three_clouds();
  problem.weights = tensor(golden_weights(5, 29), {5});
  const auto out = free_support_barycentre(problem, until(1e-12, 1e-13, true, 1));
  EXPECT_EQ(out.iterations, 1);
  EXPECT_EQ(out.status, SinkhornStatus::kMaxIterations);
  const auto x = problem.start.clone().requires_grad_(true);
  auto loss = at::zeros({}, at::kDouble);
  for (std::size_t k = 0; k < 3; ++k) {
    auto one = linear_problem(std::make_shared<PointCloud>(x, problem.clouds[k]), problem.epsilon);
    one.a = problem.weights;
    one.b = problem.cloud_weights[k];
    DivergenceSettings settings;
    settings.sinkhorn.threshold = 1e-13;
    loss = loss + problem.lambda[k] * sinkhorn_divergence(one, settings).value;
  }
  const auto gradient = torch::autograd::grad({loss}, {x})[0];
  EXPECT_LT(largest(out.points - problem.start + gradient / (2 * problem.weights.unsqueeze(1))), 1e-10);
}

TEST_F(FreeSupportTest, DebiasedOfTranslatedCloudsIsTheTranslatedCloud) {
  const auto data = golden_data(12, 12, 2);
  const auto cloud = tensor(data.x, {12, 2});
  const auto shift = at::tensor({2.0, -1.0}, at::kDouble);
  auto problem = free_barycentre_problem({cloud, cloud + shift}, cloud, .2);
  problem.lambda = {.25, .75};
  const auto out = free_support_barycentre(problem, until(1e-9, 1e-12, true));
  EXPECT_TRUE(out.converged());
  EXPECT_EQ(out.iterations, 1);
  EXPECT_LT(largest(out.points - (cloud + .75 * shift)), 1e-9);
  // The plain one shrinks.
  const auto plain = free_support_barycentre(problem, until(1e-6, 1e-10));
  EXPECT_TRUE(plain.converged());
  EXPECT_LT(plain.points.var(0).sum().item<double>(), .8 * cloud.var(0).sum().item<double>());
}

TEST_F(FreeSupportTest, DebiasedConvergesFromElsewhere) {
  const auto out = free_support_barycentre(three_clouds(), until(1e-10, 1e-12, true));
  EXPECT_TRUE(out.converged()) << out.move;
  const auto plain = free_support_barycentre(three_clouds(), until(1e-10, 1e-12));
  EXPECT_GT(out.points.var(0).sum().item<double>(), plain.points.var(0).sum().item<double>());
  EXPECT_LT(out.objective, .2);
}

TEST_F(FreeSupportTest, ManyPointsAtSmallEpsilon) {
  // Two squares, one twice the other: the barycentre's spread lies between.
  const auto data = golden_data(200, 150, 2);
  const auto small = tensor(data.x, {200, 2}) - .5;
  const auto large = 2 * (tensor(data.y, {150, 2}) - .8) + 3;
  const auto problem = free_barycentre_problem({small, large}, small.slice(0, 0, 60), .02);
  const auto out = free_support_barycentre(problem, until(1e-4, 1e-6, true));
  EXPECT_TRUE(out.converged()) << out.move;
  EXPECT_LT(largest(out.points.mean(0) - (small.mean(0) + large.mean(0)) / 2), 1e-3);
  const double spread = std::sqrt(out.points.var(0).sum().item<double>());
  EXPECT_NEAR(spread, (std::sqrt(small.var(0).sum().item<double>()) + std::sqrt(large.var(0).sum().item<double>())) / 2,
              .05);
}

TEST_F(FreeSupportTest, Float32) {
  auto problem = three_clouds();
  const auto expected = free_support_barycentre(problem, until(1e-6, 1e-8)).points;
  problem.start = problem.start.to(at::kFloat);
  for (auto& cloud : problem.clouds) cloud = cloud.to(at::kFloat);
  for (auto& weights : problem.cloud_weights) weights = weights.to(at::kFloat);
  const auto out = free_support_barycentre(problem, until(1e-4, 1e-5));
  EXPECT_TRUE(out.converged()) << out.move;
  EXPECT_EQ(out.points.scalar_type(), at::kFloat);
  EXPECT_LT(largest(out.points.to(at::kDouble) - expected), 5e-3);
}

TEST_F(FreeSupportTest, WeightsOfThePointsCount) {
  // A point of weight 0 stays, and the others are as if it were not there.
  for (const bool debiased : {false, true}) {
    auto problem = three_clouds();
    problem.weights = at::tensor({.25, .25, 0.0, .25, .25}, at::kDouble);
    const auto out = free_support_barycentre(problem, until(1e-8, 1e-11, debiased));
    EXPECT_TRUE(out.converged()) << out.move;
    EXPECT_TRUE(at::equal(out.points[2], problem.start[2]));
    const auto keep = at::tensor({0, 1, 3, 4}, at::kLong);
    auto small = three_clouds();
    small.start = problem.start.index_select(0, keep);
    const auto same = free_support_barycentre(small, until(1e-8, 1e-11, debiased));
    EXPECT_LT(largest(out.points.index_select(0, keep) - same.points), 1e-6);
  }
}

TEST_F(FreeSupportTest, MassNeedNotBeOne) {
  auto problem = three_clouds();
  const auto expected = free_support_barycentre(problem, until(1e-8, 1e-11)).points;
  for (auto& weights : problem.cloud_weights) weights = 5 * weights;
  problem.weights = at::ones({5}, at::kDouble);
  EXPECT_LT(largest(free_support_barycentre(problem, until(1e-8, 1e-11)).points - expected), 1e-6);
}

TEST_F(FreeSupportTest, NoConvergenceIsSaid) {
  const auto cut = free_support_barycentre(three_clouds(), until(1e-10, 1e-11, false, 3));
  EXPECT_EQ(cut.status, SinkhornStatus::kMaxIterations);
  EXPECT_EQ(cut.iterations, 3);
  EXPECT_EQ(cut.moves.size(), 4U);
  EXPECT_GT(cut.move, 1e-10);
  // Points that stand still say nothing when the solves did not converge.
  auto loose = until(1e3, 1e-12);
  loose.sinkhorn.max_iterations = 2;
  const auto inner = free_support_barycentre(three_clouds(.01), loose);
  EXPECT_LE(inner.move, 1e3);
  EXPECT_GT(inner.marginal_error, 1e-12);
  EXPECT_EQ(inner.status, SinkhornStatus::kMaxIterations);
  auto stop = until(1e-12, 1e-12);
  stop.progress = [](const BarycentreProgress& progress) { return progress.iteration < 4; };
  const auto cancelled = free_support_barycentre(three_clouds(), stop);
  EXPECT_EQ(cancelled.status, SinkhornStatus::kCancelled);
  EXPECT_EQ(cancelled.moves.size(), 4U);
  auto inside = until(1e-12, 1e-12);
  inside.sinkhorn.progress = [](const SinkhornProgress&) { return false; };
  EXPECT_EQ(free_support_barycentre(three_clouds(), inside).status, SinkhornStatus::kCancelled);
}

TEST_F(FreeSupportTest, OutputsCarryNoGradient) {
  auto problem = three_clouds();
  for (auto& cloud : problem.clouds) cloud = cloud.clone().requires_grad_(true);
  problem.start = problem.start.clone().requires_grad_(true);
  const auto out = free_support_barycentre(problem);
  EXPECT_FALSE(out.points.requires_grad());
  EXPECT_FALSE(out.solves[0].value.requires_grad());
  EXPECT_EQ(out.solves.size(), 3U);
}

TEST_F(FreeSupportTest, BadClouds) {
  auto problem = three_clouds();
  problem.clouds.clear();
  expect_refused(problem, ErrorKind::kUsage, "needs clouds");
  problem = three_clouds();
  problem.clouds[1] = problem.clouds[1].slice(1, 0, 1);
  expect_refused(problem, ErrorKind::kData, "cloud 1");
  problem = three_clouds();
  problem.clouds[1] = problem.clouds[1].to(at::kFloat);
  expect_refused(problem, ErrorKind::kData, "another type");
  problem = three_clouds();
  problem.clouds[2] = problem.clouds[2].clone();
  problem.clouds[2][0][0] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(problem, ErrorKind::kData, "cloud 2");
  problem = three_clouds();
  problem.start = at::Tensor();
  expect_refused(problem, ErrorKind::kData, "start");
  problem.start = at::zeros({0, 2}, at::kDouble);
  expect_refused(problem, ErrorKind::kData, "start");
}

TEST_F(FreeSupportTest, BadWeights) {
  auto problem = three_clouds();
  problem.cloud_weights.pop_back();
  expect_refused(problem, ErrorKind::kUsage, "weights for every cloud");
  problem = three_clouds();
  problem.cloud_weights[0] = -problem.cloud_weights[0];
  expect_refused(problem, ErrorKind::kData, "negative");
  problem = three_clouds();
  problem.cloud_weights[0] = 2 * problem.cloud_weights[0];
  expect_refused(problem, ErrorKind::kData, "different masses");
  problem = three_clouds();
  problem.weights = at::ones({4}, at::kDouble) / 4;
  expect_refused(problem, ErrorKind::kData, "shape");
  problem = three_clouds();
  problem.lambda = {.5, .5, .5};
  expect_refused(problem, ErrorKind::kUsage, "do not sum to 1");
}

TEST_F(FreeSupportTest, BadNumbers) {
  for (const double epsilon : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    expect_refused(three_clouds(epsilon), ErrorKind::kData, "epsilon is out of range");
  expect_refused(three_clouds(), ErrorKind::kUsage, "threshold", until(0, 1e-5));
  expect_refused(three_clouds(), ErrorKind::kUsage, "threshold", until(1e-5, -1));
  expect_refused(three_clouds(), ErrorKind::kUsage, "needs iterations", until(1e-5, 1e-5, false, 0));
}

}  // namespace brenier::ot
