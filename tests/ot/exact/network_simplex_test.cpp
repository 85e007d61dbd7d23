// The network simplex method: golden values, proofs of optimality on random problems, awkward problems, refusals.
#include "ot/exact/network_simplex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/core/throws.h"
#include "tests/ot/exact/problems.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {
namespace network_simplex_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::error_text;

TEST(GoldenData, IsTheOneTheNumbersWereMeasuredOn) {
  const GoldenData data = golden_data(8, 11, 2);
  double mean = 0;
  for (const double c : data.cost) mean += c / 88;
  double variance = 0;
  for (const double c : data.cost) variance += (c - mean) * (c - mean) / 88;
  EXPECT_NEAR(mean, 0.4690908105449546, 1e-14);
  EXPECT_NEAR(std::sqrt(variance), 0.38797376284875434, 1e-14);
  EXPECT_NEAR(*std::max_element(data.cost.begin(), data.cost.end()), 1.669979437815491, 1e-14);
}

TEST(NetworkSimplex, GoldenValue) {  // case 4 of the acceptance list
  const GoldenData data = golden_data(8, 11, 2);
  const ExactPlan plan = network_simplex(data.cost, data.a, data.b);
  EXPECT_NEAR(plan.value, 0.20485593722785975, 1e-14);
  EXPECT_LE(plan.mass.size(), 18U);
  EXPECT_LE(optimality_error({8, 11, data.cost, data.a, data.b}, plan), 1e-14);
  EXPECT_NEAR(std::accumulate(plan.f.begin(), plan.f.end(), 0.0), 0.0, 1e-14);
}

TEST(NetworkSimplex, DiracToDirac) {  // case 33
  std::vector<double> cost;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) cost.push_back(std::abs(i - j));
  }
  const ExactPlan plan = network_simplex(cost, std::vector<double>{0, 1, 0, 0}, std::vector<double>{1, 0, 0, 0});
  EXPECT_EQ(plan.value, 1.0);
  EXPECT_EQ(plan.rows, std::vector<std::int64_t>{1});
  EXPECT_EQ(plan.columns, std::vector<std::int64_t>{0});
  EXPECT_EQ(plan.mass, std::vector<double>{1.0});
  for (const double f : plan.f) EXPECT_TRUE(std::isfinite(f));
  for (const double g : plan.g) EXPECT_TRUE(std::isfinite(g));
}

RC_GTEST_PROP(NetworkSimplex, ProvesItself, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  for (int repeat = 0; repeat < 5; ++repeat) {
    const ExactProblem problem = random_problem(random);
    const ExactPlan plan = network_simplex(problem.cost, problem.a, problem.b);
    RC_ASSERT(optimality_error(problem, plan) <= 1e-12);
    RC_ASSERT(plan.mass.size() < problem.n + problem.m);
    RC_ASSERT(std::abs(plan.gap) <= 1e-9 * (1e-6 + std::abs(plan.value)));
  }
}

RC_GTEST_PROP(NetworkSimplex, FollowsShiftsScalesAndTransposition, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  const ExactProblem problem = random_problem(random, 20);
  const ExactPlan plan = network_simplex(problem.cost, problem.a, problem.b);
  const double mass = std::accumulate(problem.a.begin(), problem.a.end(), 0.0);
  double largest = 0;
  for (const double c : problem.cost) largest = std::max(largest, std::abs(c));
  const double shift = random.uniform(-5.0, 5.0);
  std::vector<double> moved;
  std::vector<double> transposed;
  for (const double c : problem.cost) moved.push_back(2 * c + shift);
  for (std::size_t j = 0; j < problem.m; ++j) {
    for (std::size_t i = 0; i < problem.n; ++i) transposed.push_back(problem.cost[i * problem.m + j]);
  }
  const double expected = 2 * plan.value + shift * mass;
  RC_ASSERT(std::abs(network_simplex(moved, problem.a, problem.b).value - expected) <= 1e-12 * mass * (largest + 5));
  RC_ASSERT(std::abs(network_simplex(transposed, problem.b, problem.a).value - plan.value) <= 1e-12 * mass * largest);
}

TEST(NetworkSimplex, OnePointOnEitherSide) {
  const std::vector<double> one = {2.0};
  const std::vector<double> two = {0.5, 1.5};
  const std::vector<double> cost = {3.0, -1.0};
  EXPECT_DOUBLE_EQ(network_simplex(cost, one, two).value, 0.0);
  EXPECT_DOUBLE_EQ(network_simplex(cost, two, one).value, 0.0);
  EXPECT_DOUBLE_EQ(network_simplex(std::vector<double>{3.0}, one, one).value, 6.0);
}

TEST(NetworkSimplex, IdenticalCloudsCostNothing) {
  const GoldenData data = golden_data(40, 40, 3);
  std::vector<double> cost;
  for (std::size_t i = 0; i < 40; ++i) {
    for (std::size_t j = 0; j < 40; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += std::pow(data.x[3 * i + k] - data.x[3 * j + k], 2);
      cost.push_back(sum);
    }
  }
  const ExactPlan plan = network_simplex(cost, data.a, data.a);
  EXPECT_EQ(plan.value, 0.0);
  EXPECT_EQ(plan.rows, plan.columns);
}

// Forbidden pairs are often given a huge cost; the small ones must still count.
TEST(NetworkSimplex, HugeCostsDoNotHideSmallOnes) {
  const GoldenData data = golden_data(12, 12, 2);
  std::vector<double> cost = data.cost;
  const double ordinary = network_simplex(cost, data.a, data.b).value;
  for (const double huge : {1e6, 1e12, 1e18}) {
    for (std::size_t i = 0; i < 12; ++i) {
      for (std::size_t j = 0; j < 12; ++j) {
        if (data.cost[i * 12 + j] > 0.9) cost[i * 12 + j] = huge;
      }
    }
    const ExactPlan plan = network_simplex(cost, data.a, data.b);
    EXPECT_NEAR(plan.value, ordinary, 1e-12) << huge;
    EXPECT_LE(std::abs(plan.gap), 1e-9 * plan.value) << huge;
  }
}

TEST(NetworkSimplex, TinyWeightsKeepTheirShare) {
  const std::vector<double> a = {1.0, 1e-12, 1e-15};
  const std::vector<double> b = {1.0, 1e-12 + 1e-15};
  const ExactPlan plan = network_simplex(std::vector<double>{0, 5, 1, 0, 7, 2}, a, b);
  EXPECT_NEAR(plan.value, 2e-15, 1e-17);
}

TEST(NetworkSimplex, RoundingOfTheMassesIsForgiven) {
  const std::vector<double> cost = {1, 2, 3, 4};
  const std::vector<double> a = {0.5, 0.5};
  EXPECT_NEAR(network_simplex(cost, a, std::vector<double>{0.5, 0.5 + 1e-11}).value, 2.5, 1e-10);
  EXPECT_THAT(
      error_text(ErrorKind::kData, [&] { (void)network_simplex(cost, a, std::vector<double>{0.5, 0.5 + 1e-6}); }),
      AllOf(HasSubstr("masses of a and b differ"), HasSubstr("sum(a) = 1"), HasSubstr("1.000001")));
  EXPECT_NO_THROW((void)network_simplex(cost, a, std::vector<double>{0.5, 0.5 + 1e-6}, {.mass_tolerance = 1e-5}));
}

TEST(NetworkSimplex, RefusesWhatIsTooLarge) {
  const std::vector<double> cost(12, 1.0);
  const std::vector<double> a = {1, 1, 1};
  const std::vector<double> b = {1, 1, 1, 0};
  EXPECT_EQ(network_simplex_bytes(10000, 10000), 5304000000);
  EXPECT_THAT(error_text(ErrorKind::kData, [&] { (void)network_simplex(cost, a, b, {.memory_limit = 1000}); }),
              AllOf(HasSubstr("too large"), HasSubstr("3 x 3 points"), HasSubstr("1677 bytes"),
                    HasSubstr("at most 1000 bytes"), HasSubstr("Sinkhorn")));
  EXPECT_NO_THROW((void)network_simplex(cost, a, b, {.memory_limit = 1677}));
}

TEST(NetworkSimplex, RefusesBadCosts) {
  const std::vector<double> half = {0.5, 0.5};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto text = [&](const std::vector<double>& cost) {
    return error_text(ErrorKind::kData, [&] { (void)network_simplex(cost, half, half); });
  };
  EXPECT_THAT(text({1, 2, nan, 4}), AllOf(HasSubstr("the cost"), HasSubstr("element 2"), HasSubstr("nan")));
  EXPECT_THAT(text({1, infinity, 3, 4}), AllOf(HasSubstr("element 1"), HasSubstr("inf")));
  EXPECT_THAT(text({1, 2, 3}), AllOf(HasSubstr("3 costs"), HasSubstr("2 x 2")));
}

TEST(Masses, RefusesBadWeights) {
  const std::vector<double> good = {0.5, 0.5};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto text = [&](const std::vector<double>& a, const std::vector<double>& b) {
    return error_text(ErrorKind::kData, [&] { (void)balanced_masses(a, b, kMassTolerance); });
  };
  EXPECT_THAT(text({1.5, -0.5}, good), AllOf(HasSubstr("a[1]"), HasSubstr("-0.5")));
  EXPECT_THAT(text(good, {nan, 1.0}), AllOf(HasSubstr("b[0]"), HasSubstr("nan")));
  EXPECT_THAT(text({std::numeric_limits<double>::infinity()}, good), HasSubstr("a[0]"));
  EXPECT_THAT(text({0.0, 0.0}, good), HasSubstr("all weights of a are zero"));
  EXPECT_THAT(text(good, {}), HasSubstr("b is empty"));
}

TEST(Masses, SumsDoNotDrift) {
  EXPECT_EQ(compensated_sum(std::vector<double>{1e16, 1.0, -1e16}), 1.0);
  EXPECT_EQ(compensated_sum(std::vector<double>(1000000, 0.1)), 100000.0);
}

// A certificate that could not fail would prove nothing.
TEST(Certificate, SeesEveryKindOfWrongSolution) {
  const std::vector<double> cost = {0, 1, 1, 0};
  const std::vector<double> half = {0.5, 0.5};
  const ExactPlan right{{0, 1}, {0, 1}, {0.5, 0.5}, 0, {0, 0}, {0, 0}, 0};
  EXPECT_TRUE(certify(cost, half, half, right).holds());
  ExactPlan wrong = right;
  wrong.columns = {1, 0};  // feasible, but costs 1
  EXPECT_FALSE(certify(cost, half, half, wrong).holds());
  wrong = right;
  wrong.mass = {0.5, 0.4};
  EXPECT_FALSE(certify(cost, half, half, wrong).holds());
  wrong = right;
  wrong.f = {0.1, 0};
  EXPECT_FALSE(certify(cost, half, half, wrong).holds());
  wrong = right;
  wrong.f = {-0.1, 0};
  EXPECT_FALSE(certify(cost, half, half, wrong).holds());
  wrong.f = {std::numeric_limits<double>::quiet_NaN(), 0};
  EXPECT_FALSE(certify(cost, half, half, wrong).holds());
  EXPECT_THAT(error_text(ErrorKind::kNumerical, [&] { require(certify(cost, half, half, wrong), "test"); }),
              HasSubstr("could not be proven optimal"));
}

}  // namespace network_simplex_test
}  // namespace brenier::ot
