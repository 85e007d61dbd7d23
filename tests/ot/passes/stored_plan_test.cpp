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
      EXPECT_EQ(stored->near(F.data(), G.data()), std::abs(away) < 25 || (dtype == at::kDouble && away == -30));
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

TEST(StoredPlan, IsLeftByAnIterationThatStores) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    for (const bool exact : {true, false}) {
      const SolvedCase solved(37, 150, dtype);
      const auto& G = solved.solution().G;
      auto F = solved.solution().F;
      F[4] += 1;
      auto F_expected = F;
      std::vector<double> base(F.size(), -std::log(37.0));
      base[5] = -std::numeric_limits<double>::infinity();
      const PotentialUpdate update{base.data(), 1, 1.3, exact};
      std::vector<double> rows(F.size());
      std::vector<double> columns(G.size());
      auto rows_expected = rows;
      auto columns_expected = columns;
      const auto stored = solved.passes().storing_sweep(10, update, F.data(), G.data(), rows.data(), columns.data());
      ASSERT_NE(stored, nullptr);
      solved.passes().sweep(10, update, F_expected.data(), G.data(), rows_expected.data(), columns_expected.data());
      const double tolerance = (exact ? 3 : 10) * stored_plan_test::tolerance(dtype);
      expect_near(F, F_expected, tolerance);
      expect_near(rows, rows_expected, tolerance);
      expect_near(columns, columns_expected, tolerance);
      // The plan in memory serves the potentials after the iteration: those marginals are what the logs say.
      const auto marginal = stored->marginal(Direction::kColumns, F.data(), G.data());
      std::vector<double> expected(G.size());
      for (std::size_t j = 0; j < expected.size(); ++j) expected[j] = std::exp(G[j] + columns[j]);
      expect_near(marginal, expected, tolerance);
    }
  }
}

TEST(StoredPlan, IsNotLeftWhereARowLeftTheRange) {
  const SolvedCase solved(37, 150, at::kFloat);
  auto F = solved.solution().F;
  F[4] += 300;
  const std::vector<double> base(F.size(), -std::log(37.0));
  const PotentialUpdate update{base.data(), 1, 1, false};
  std::vector<double> rows(F.size());
  std::vector<double> columns(150);
  EXPECT_EQ(
      solved.passes().storing_sweep(10, update, F.data(), solved.solution().G.data(), rows.data(), columns.data()),
      nullptr);
}

TEST(StoredPlan, MarginalsFollowThePotentials) {
  const SolvedCase solved(37, 150, at::kDouble);
  const auto stored = solved.passes().store(solved.plan(), Passes::kStoredLimit);
  auto F = solved.solution().F;
  auto G = solved.solution().G;
  for (std::size_t i = 0; i < F.size(); ++i) F[i] += 400 + .1 * std::cos(static_cast<double>(i));
  for (double& value : G) value -= 400;
  EXPECT_FALSE(stored->near(F.data(), G.data()));
  stored->shift_potentials(400);
  ASSERT_TRUE(stored->near(F.data(), G.data()));
  for (const auto direction : {Direction::kRows, Direction::kColumns})
    expect_near(stored->marginal(direction, F.data(), G.data()),
                solved.passes().moments(direction, {F.data(), G.data(), 10}).mass, 1e-13);
}

TEST(StoredPlan, GivesTheGradientsOfThePoints) {
  const SolvedCase solved(37, 150, at::kDouble);
  const auto stored = solved.passes().store(solved.plan(), Passes::kStoredLimit);
  const auto row = stored_plan_test::wave(37);
  const auto column = stored_plan_test::wave(150);
  PairWeights weights;
  weights.row = row.data();
  weights.column = column.data();
  auto plan = solved.plan();
  auto F = solved.solution().F;
  for (double& value : F) value += .2;
  plan.F = F.data();
  plan.stored = nullptr;
  const auto expected = solved.passes().leaf_gradient(plan, weights, true, true);
  plan.stored = stored.get();
  const auto found = solved.passes().leaf_gradient(plan, weights, true, true);
  expect_near(found.row, expected.row, 1e-13);
  expect_near(found.column, expected.column, 1e-13);
}

// Iterations go to and fro: the second one reads backwards.
TEST(StoredPlan, EveryIterationIsTheSameWhicheverWayItReads) {
  const SolvedCase solved(37, 150, at::kDouble);
  const auto stored = solved.passes().store(solved.plan(), Passes::kStoredLimit);
  const std::vector<double> base(37, -std::log(37.0));
  const PotentialUpdate update{base.data(), 1, 1, true};
  std::vector<std::vector<double>> columns(3, std::vector<double>(150));
  for (auto& logs : columns) {
    auto F = solved.solution().F;
    std::vector<double> rows(37);
    stored->sweep(update, F.data(), solved.solution().G.data(), rows.data(), logs.data());
  }
  expect_near(columns[1], columns[0], 1e-13);
  EXPECT_EQ(columns[2], columns[0]);
}

}  // namespace brenier::ot
