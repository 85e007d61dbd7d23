// The projection of low-rank factors: its sums, its optimality, and rounding.
#include "ot/low_rank/factor_projection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace brenier::ot {
namespace factor_projection_test_detail {

RowMatrix noise(Index rows, Index columns, double scale, RandomStream& random) {
  RowMatrix out(rows, columns);
  for (Index k = 0; k < out.size(); ++k) out.data()[k] = scale * random.normal();
  return out;
}

Eigen::VectorXd weights(Index count, RandomStream& random) {
  Eigen::VectorXd out(count);
  for (double& value : out) value = .1 + random.uniform();
  return out / out.sum();
}

double divergence(double p, double log_q) {
  return p > 0 ? p * (std::log(p) - log_q) - p + std::exp(log_q) : std::exp(log_q);
}

double objective(const FactorKernels& kernels, const LowRankFactors& factors) {
  double out = 0;
  for (Index k = 0; k < factors.q.size(); ++k) out += divergence(factors.q.data()[k], kernels.log_q.data()[k]);
  for (Index k = 0; k < factors.r.size(); ++k) out += divergence(factors.r.data()[k], kernels.log_r.data()[k]);
  for (Index k = 0; k < factors.g.size(); ++k) out += divergence(factors.g[k], kernels.log_g[k]);
  return out;
}

struct Problem {
  explicit Problem(double floor) {
    RandomStream random(7, "tests/ot/low_rank");
    kernels = {noise(9, 4, 1.5, random), noise(7, 4, 1.5, random), noise(4, 1, 1.5, random).col(0)};
    sides = {weights(9, random), weights(7, random), floor};
  }
  FactorKernels kernels;
  FactorSides sides;
};

}  // namespace factor_projection_test_detail

using factor_projection_test_detail::objective;
using factor_projection_test_detail::Problem;

TEST(FactorProjection, MeetsItsSums) {
  const Problem problem(1e-6);
  const auto out = project_factors(problem.kernels, problem.sides, 1e-12, 10000);
  EXPECT_LE(out.error, 1e-12);
  EXPECT_LT((out.q.rowwise().sum() - problem.sides.a).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT((out.r.rowwise().sum() - problem.sides.b).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT((out.q.colwise().sum().transpose() - out.g).cwiseAbs().maxCoeff(), 1e-12);
  EXPECT_LT((out.r.colwise().sum().transpose() - out.g).cwiseAbs().maxCoeff(), 1e-12);
  // The logarithms are those of the factors up to a constant a row.
  for (Index i = 0; i < out.q.rows(); ++i) {
    const Eigen::RowVectorXd rest = out.q.row(i).array().log() - out.log_q.row(i).array();
    EXPECT_LT(rest.maxCoeff() - rest.minCoeff(), 1e-12);
  }
}

// No feasible move lowers the divergence: along the projection's segment to other feasible factors it only rises.
TEST(FactorProjection, IsTheClosestFeasiblePoint) {
  for (const double floor : {1e-6, .2}) {  // the second one binds
    const Problem problem(floor);
    const auto best = project_factors(problem.kernels, problem.sides, 1e-13, 100000);
    EXPECT_GE(best.g.minCoeff(), floor);
    if (floor == .2) {
      EXPECT_EQ(best.g.minCoeff(), floor);
    }
    const double least = objective(problem.kernels, best);
    RandomStream random(8, "tests/ot/low_rank");
    for (int trial = 0; trial < 20; ++trial) {
      auto other = problem.kernels;
      other.log_q += factor_projection_test_detail::noise(9, 4, 1, random);
      other.log_g += factor_projection_test_detail::noise(4, 1, 1, random).col(0);
      const auto feasible = project_factors(other, problem.sides, 1e-13, 100000);
      auto between = best;
      const double t = 1e-3;
      between.q = (1 - t) * best.q + t * feasible.q;
      between.r = (1 - t) * best.r + t * feasible.r;
      between.g = (1 - t) * best.g + t * feasible.g;
      EXPECT_GE(objective(problem.kernels, between), least - 1e-12);
    }
  }
}

TEST(FactorProjection, ZeroWeightsAndDeepKernels) {
  Problem problem(1e-6);
  problem.sides.a[3] = 0;
  problem.sides.a /= problem.sides.a.sum();
  problem.kernels.log_q.col(1).array() -= 5000;  // below the smallest double
  const auto out = project_factors(problem.kernels, problem.sides, 1e-10, 10000);
  EXPECT_LE(out.error, 1e-10);
  EXPECT_EQ(out.q.row(3).cwiseAbs().sum(), 0);
  EXPECT_TRUE(out.log_q.allFinite());
  EXPECT_TRUE(out.q.allFinite());
  EXPECT_GE(out.g.minCoeff(), 1e-6);
}

TEST(FactorProjection, SaysWhenItStoppedEarly) {
  const Problem problem(1e-6);
  const auto out = project_factors(problem.kernels, problem.sides, 1e-14, 2);
  EXPECT_EQ(out.iterations, 2);
  EXPECT_GT(out.error, 1e-14);
  // The error bounds what the returned sums are off by.
  EXPECT_LT((out.q.rowwise().sum() - problem.sides.a).cwiseAbs().maxCoeff(), 1e-15);
  const double off = (out.q.colwise().sum().transpose() - out.g).cwiseAbs().sum() +
                     (out.r.colwise().sum().transpose() - out.g).cwiseAbs().sum();
  EXPECT_GT(off, 1e-14);
  EXPECT_LE(off, out.error * (1 + 1e-12));
}

TEST(FactorProjection, RoundingMeetsAllSums) {
  const Problem problem(1e-6);
  auto out = project_factors(problem.kernels, problem.sides, 1e-2, 1);
  EXPECT_GT((out.q.colwise().sum().transpose() - out.g).cwiseAbs().maxCoeff(), 1e-4);
  const RowMatrix before = out.q;
  round_factors(problem.sides, out);
  EXPECT_LT((out.q.rowwise().sum() - problem.sides.a).cwiseAbs().maxCoeff(), 1e-15);
  EXPECT_LT((out.r.rowwise().sum() - problem.sides.b).cwiseAbs().maxCoeff(), 1e-15);
  EXPECT_LT((out.q.colwise().sum().transpose() - out.g).cwiseAbs().maxCoeff(), 1e-15);
  EXPECT_LT((out.r.colwise().sum().transpose() - out.g).cwiseAbs().maxCoeff(), 1e-15);
  EXPECT_GE(out.q.minCoeff(), 0);
  EXPECT_LT((out.q - before).cwiseAbs().sum(), 1);
}

}  // namespace brenier::ot
