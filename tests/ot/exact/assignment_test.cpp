// The assignment problem against all permutations and against the network simplex method.
#include "ot/exact/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "ot/exact/network_simplex.h"
#include "tests/core/throws.h"
#include "tests/ot/exact/problems.h"

namespace brenier::ot {
namespace assignment_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::error_text;

double best_of_all_permutations(const std::vector<double>& cost, std::size_t n) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  double best = std::numeric_limits<double>::infinity();
  do {
    double value = 0;
    for (std::size_t i = 0; i < n; ++i) value += cost[i * n + order[i]];
    best = std::min(best, value);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

ExactPlan as_plan(const Assignment& found) {
  ExactPlan plan;
  for (std::size_t i = 0; i < found.column.size(); ++i) plan.rows.push_back(static_cast<std::int64_t>(i));
  plan.columns = found.column;
  plan.mass.assign(found.column.size(), 1.0);
  plan.value = found.value;
  plan.f = found.f;
  plan.g = found.g;
  return plan;
}

ExactProblem square_problem(RandomStream& random, std::size_t n, bool whole) {
  ExactProblem problem{n, n, {}, std::vector<double>(n, 1.0), std::vector<double>(n, 1.0)};
  for (std::size_t k = 0; k < n * n; ++k)
    problem.cost.push_back(whole ? static_cast<double>(random.below(4)) : random.uniform(-1.0, 1.0));
  return problem;
}

RC_GTEST_PROP(Assignment, Case40IsTheBestOfAllPermutations, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  for (std::size_t n = 1; n <= 6; ++n) {
    const ExactProblem problem = square_problem(random, n, random.below(2) == 0);
    const Assignment found = solve_assignment(problem.cost, static_cast<std::int64_t>(n));
    RC_ASSERT(std::abs(found.value - best_of_all_permutations(problem.cost, n)) <= 1e-13);
    std::vector<std::int64_t> sorted = found.column;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < n; ++i) RC_ASSERT(sorted[i] == static_cast<std::int64_t>(i));
  }
}

RC_GTEST_PROP(Assignment, ProvesItselfAndAgreesWithTheNetworkSimplex, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint64_t>(), "test");
  const auto n = static_cast<std::size_t>(1 + random.below(60));
  const ExactProblem problem = square_problem(random, n, random.below(2) == 0);
  const Assignment found = solve_assignment(problem.cost, static_cast<std::int64_t>(n));
  RC_ASSERT(optimality_error(problem, as_plan(found)) <= 1e-13);
  const ExactPlan other = network_simplex(problem.cost, problem.a, problem.b);
  RC_ASSERT(std::abs(found.value - other.value) <= 1e-12 * static_cast<double>(n));
}

TEST(Assignment, LargerOneAgreesWithTheNetworkSimplex) {
  RandomStream random(7, "test");
  const ExactProblem problem = square_problem(random, 300, false);
  const Assignment found = solve_assignment(problem.cost, 300);
  EXPECT_NEAR(found.value, network_simplex(problem.cost, problem.a, problem.b).value, 1e-10);
  EXPECT_LE(optimality_error(problem, as_plan(found)), 1e-13);
}

// Forbidden pairs are often given a huge cost: the value must be that of a cost just high enough.
TEST(Assignment, HugeCostsDoNotHideSmallOnes) {
  const std::vector<double> ones(40, 1.0);
  for (const double huge : {1e6, 1e12, 1e18, 1e30}) {
    RandomStream random(11, "test");
    RandomStream again(11, "test");
    const Assignment expected = solve_assignment(banded_cost(random, 40, 1e3), 40);
    const std::vector<double> cost = banded_cost(again, 40, huge);
    const Assignment found = solve_assignment(cost, 40);
    EXPECT_EQ(found.column, expected.column) << huge;
    EXPECT_LE(std::abs(found.gap), 1e-9 * found.value) << huge;
    EXPECT_NEAR(network_simplex(cost, ones, ones).value, expected.value, 1e-12) << huge;
  }
}

// One row has a single pair allowed, so that its potential is free over the whole range of the huge cost.
TEST(Assignment, OnlyOnePartnerAllowed) {
  const double huge = 1e18;
  const std::vector<double> cost = {1.5, huge, huge, 2.25, 1.0, 1.25, 0.5, 1.125, 1.0};
  EXPECT_EQ(solve_assignment(cost, 3).value, 3.5);
  EXPECT_EQ(network_simplex(cost, std::vector<double>(3, 1.0), std::vector<double>(3, 1.0)).value, 3.5);
}

TEST(Assignment, RefusesBadInput) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto text = [](const std::vector<double>& cost, std::int64_t n) {
    return error_text(ErrorKind::kData, [&] { (void)solve_assignment(cost, n); });
  };
  EXPECT_THAT(text({1, 2, 3}, 2), AllOf(HasSubstr("3 costs"), HasSubstr("N = 2")));
  EXPECT_THAT(text({}, 0), HasSubstr("N >= 1"));
  EXPECT_THAT(text({1, nan, 3, 4}, 2), AllOf(HasSubstr("element 1"), HasSubstr("nan")));
}

}  // namespace assignment_test
}  // namespace brenier::ot
