#include "ot/passes/stored_plan.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/ot/golden_problem.h"

namespace brenier::ot {
namespace stored_plan_test {

struct SolvedCase {
  SolvedCase(int n, int m, at::ScalarType dtype) : golden(n, m, 2, .1, dtype) {
    settings.fixed_iterations = 5;
    out = sinkhorn(golden.problem, settings);
  }
  [[nodiscard]] const Passes& passes() const { return golden.problem.geometry->passes(); }
  [[nodiscard]] const SinkhornSolution& solution() const { return out.record->solution; }
  [[nodiscard]] PlanView plan() const { return solution().plan(.1); }
  GoldenProblem golden;
  SinkhornSettings settings;
  SinkhornOutput out;
};

std::vector<double> wave(std::size_t count) {
  std::vector<double> out(count);
  for (std::size_t k = 0; k < count; ++k) out[k] = std::cos(static_cast<double>(k));
  return out;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (std::isinf(expected[k])) {
      EXPECT_EQ(found[k], expected[k]);
    } else {
      EXPECT_NEAR(found[k], expected[k], tolerance);
    }
  }
}

double tolerance(at::ScalarType dtype) { return dtype == at::kDouble ? 1e-13 : 3e-6; }

}  // namespace stored_plan_test

using stored_plan_test::expect_near;
using stored_plan_test::SolvedCase;

TEST(StoredPlan, MultipliesLikeThePasses) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const SolvedCase solved(37, 150, dtype);
    const auto stored = solved.passes().store(solved.plan(), Passes::kStoredLimit);
    ASSERT_NE(stored, nullptr);
    for (const auto direction : {Direction::kRows, Direction::kColumns}) {
      const bool rows = direction == Direction::kRows;
      const auto values = stored_plan_test::wave(rows ? 150 : 37);
      std::vector<double> found(rows ? 37 : 150);
      std::vector<double> expected(found.size());
      stored->multiply(direction, values.data(), found.data());
      solved.passes().apply(direction, solved.plan(), values.data(), 1, expected.data());
      expect_near(found, expected, stored_plan_test::tolerance(dtype));
    }
  }
}

TEST(StoredPlan, SweepsLikeThePassesNearAndFar) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    for (const double away : {0.0, 5.0, -30.0, 200.0}) {
      const SolvedCase solved(37, 150, dtype);
      const auto stored = solved.passes().store(solved.plan(), Passes::kStoredLimit);
      auto F = solved.solution().F;
      auto G = solved.solution().G;
      F[3] += away;  // one row far from where the plan was stored: its new potential is not
      EXPECT_EQ(stored->near(F.data(), G.data()), std::abs(away) < 20 || (dtype == at::kDouble && away == -30));
      std::vector<double> base(F.size(), -std::log(37.0));
      base[5] = -std::numeric_limits<double>::infinity();
      for (double& value : G) value += .1;
      const PotentialUpdate update{base.data(), .9, 1.2, true};
      auto F_expected = F;
      std::vector<double> rows(F.size());
      std::vector<double> columns(G.size());
      auto rows_expected = rows;
      auto columns_expected = columns;
      stored->sweep(update, F.data(), G.data(), rows.data(), columns.data());
      solved.passes().sweep(10, update, F_expected.data(), G.data(), rows_expected.data(), columns_expected.data());
      const double tolerance = 3 * stored_plan_test::tolerance(dtype);
      expect_near(F, F_expected, tolerance);
      expect_near(rows, rows_expected, tolerance);
      expect_near(columns, columns_expected, tolerance);
    }
  }
}

TEST(StoredPlan, RowsThatVanishedComeFromThePoints) {
  const SolvedCase solved(37, 150, at::kFloat);
  auto plan_F = solved.solution().F;
  plan_F[7] -= 200;  // every entry of the row is rounded to 0
  const auto stored = solved.passes().store({plan_F.data(), solved.solution().G.data(), 10}, Passes::kStoredLimit);
  auto F = solved.solution().F;
  auto F_expected = F;
  const std::vector<double> base(F.size(), -std::log(37.0));
  std::vector<double> rows(F.size());
  std::vector<double> columns(150);
  auto rows_expected = rows;
  auto columns_expected = columns;
  const PotentialUpdate update{base.data(), 1, 1, true};
  stored->sweep(update, F.data(), solved.solution().G.data(), rows.data(), columns.data());
  solved.passes().sweep(10, update, F_expected.data(), solved.solution().G.data(), rows_expected.data(),
                        columns_expected.data());
  expect_near(F, F_expected, 1e-5);
  expect_near(columns, columns_expected, 1e-5);
}

TEST(StoredPlan, IsNotMadeAboveTheLimit) {
  const SolvedCase solved(37, 150, at::kFloat);
  EXPECT_EQ(solved.passes().store(solved.plan(), 37 * 150 * 4 - 1), nullptr);
  EXPECT_NE(solved.passes().store(solved.plan(), 37 * 150 * 4), nullptr);
}

}  // namespace brenier::ot
