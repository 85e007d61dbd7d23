// The passes of a grid against those of its dense cost matrix and against sums by hand.
#include "ot/passes/grid_passes.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/geometry/grid_cases.h"

namespace brenier::ot::grid_test_detail {

// Both kinds of kernel, products (spans of about 3 and 270) and logarithms (600), and the product measure.
class GridPassesAgainstDense : public testing::TestWithParam<std::pair<double, double>> {
 protected:
  [[nodiscard]] double k() const { return GetParam().first; }
  Case it{GetParam().second};
};

INSTANTIATE_TEST_SUITE_P(Kernels, GridPassesAgainstDense,
                         testing::Values(std::pair{3., 1.}, std::pair{700., .4}, std::pair{1500., .4},
                                         std::pair{0., 1.}));

TEST_P(GridPassesAgainstDense, LogSumsAndSweep) {
  const auto& grid = it.grid.passes();
  const auto& dense = it.dense.passes();
  const double tolerance = 1e-13;
  Vector found(24);
  Vector expected(24);
  grid.log_sums(Direction::kRows, k(), it.G.data(), found.data());
  dense.log_sums(Direction::kRows, k(), it.G.data(), expected.data());
  expect_near(found, expected, tolerance);
  found.resize(30);
  expected.resize(30);
  grid.log_sums(Direction::kColumns, k(), it.F.data(), found.data());
  dense.log_sums(Direction::kColumns, k(), it.F.data(), expected.data());
  expect_near(found, expected, tolerance);

  auto base = fractions(24, 13, -4);
  base[3] = kNone;
  auto F = it.F;
  Vector rows(24);
  Vector columns(30);
  grid.sweep(k(), {base.data(), .8, 1.3}, F.data(), it.G.data(), rows.data(), columns.data());
  for (std::size_t i = 0; i < 24; ++i) {
    double sum = 0;
    const auto logs = [&](std::size_t j) {
      return it.G[j] - k() * it.dense.cost_matrix(0)[static_cast<Index>(i)][static_cast<Index>(j)].item<double>();
    };
    double top = kNone;
    for (std::size_t j = 0; j < 30; ++j) top = std::max(top, logs(j));
    for (std::size_t j = 0; j < 30; ++j) sum += std::exp(logs(j) - top);
    const double row = top + std::log(sum);
    EXPECT_NEAR(rows[i], row, 1e-12 * std::max(1.0, std::abs(row)));
    if (i == 3) {
      EXPECT_EQ(F[i], kNone);
    } else {
      EXPECT_NEAR(F[i], -.3 * it.F[i] + 1.3 * (base[i] - .8 * row), 1e-12 * std::max(1.0, std::abs(row)));
    }
  }
  Vector after(30);
  dense.log_sums(Direction::kColumns, k(), F.data(), after.data());
  expect_near(columns, after, 1e-12);
}

TEST_P(GridPassesAgainstDense, PotentialsThatSpreadWidelyLoseNothing) {
  for (double& value : it.G) value *= 3000;
  Vector found(24);
  Vector expected(24);
  it.grid.passes().log_sums(Direction::kRows, k(), it.G.data(), found.data());
  it.dense.passes().log_sums(Direction::kRows, k(), it.G.data(), expected.data());
  expect_near(found, expected, 1e-14);
}

TEST_P(GridPassesAgainstDense, ApplyTakesValuesOfBothSigns) {
  auto view = it.view(k());
  if (k() > 100) {  // potentials that leave mass in the plan
    it.grid.passes().log_sums(Direction::kRows, k(), it.G.data(), it.F.data());
    for (double& value : it.F) value = -value;
    it.F[3] = kNone;
  }
  const auto plan = it.dense_plan(k());
  for (const auto direction : {Direction::kRows, Direction::kColumns}) {
    const bool by_rows = direction == Direction::kRows;
    const Index out = by_rows ? 24 : 30;
    const Index in = by_rows ? 30 : 24;
    auto values = fractions(in * 3, 17, -.5);
    values[4] = 0;
    Vector found(static_cast<std::size_t>(out * 3));
    Vector expected(found.size(), 0.0);
    it.grid.passes().apply(direction, view, values.data(), 3, found.data());
    for (Index i = 0; i < out; ++i) {
      for (Index j = 0; j < in; ++j) {
        for (Index c = 0; c < 3; ++c) {
          expected[static_cast<std::size_t>(i * 3 + c)] +=
              plan[static_cast<std::size_t>(by_rows ? i * 30 + j : j * 30 + i)] *
              values[static_cast<std::size_t>(j * 3 + c)];
        }
      }
    }
    EXPECT_LT(*std::min_element(expected.begin(), expected.end()), -1e-3);
    EXPECT_TRUE(k() == 0 || *std::max_element(expected.begin(), expected.end()) > 1e-3);
    expect_near(found, expected, k() > 100 ? 1e-11 : 1e-13);
    const std::size_t none = by_rows ? 3 : 7;
    for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(found[none * 3 + c], 0);
  }
}

TEST_P(GridPassesAgainstDense, MomentsInBothDirections) {
  if (k() > 100) {
    it.grid.passes().log_sums(Direction::kRows, k(), it.G.data(), it.F.data());
    for (double& value : it.F) value = -value;
    it.F[3] = kNone;
  }
  for (const auto direction : {Direction::kRows, Direction::kColumns}) {
    const auto found = it.grid.passes().moments(direction, it.view(k()));
    const auto expected = it.dense.passes().moments(direction, it.view(k()));
    const double tolerance = k() > 100 ? 1e-11 : 1e-13;
    expect_near(found.mass, expected.mass, tolerance);
    expect_near(found.cost, expected.cost, tolerance);
    expect_near(found.entropy, expected.entropy, 5 * tolerance);
    EXPECT_GT(std::accumulate(found.mass.begin(), found.mass.end(), 0.0), .1);
  }
}

TEST_P(GridPassesAgainstDense, Plan) {
  Vector found(24 * 30);
  it.grid.passes().plan_rows(it.view(k()), 0, 9, found.data());
  it.grid.passes().plan_rows(it.view(k()), 9, 15, found.data() + 9 * 30);
  expect_near(found, it.dense_plan(k()), k() > 100 ? 1e-11 : 1e-13);
}

TEST(GridPasses, NothingToSumOverIsMinusInfinity) {
  const auto grid = odd_grid();
  for (const double k : {1., 2000.}) {
    Vector potential(30, kNone);
    Vector out(24);
    grid.passes().log_sums(Direction::kRows, k, potential.data(), out.data());
    for (const double value : out) EXPECT_EQ(value, kNone);
    // One column alone gives minus k times its cost.
    potential[11] = 0;
    grid.passes().log_sums(Direction::kRows, k, potential.data(), out.data());
    const auto cost = grid.cost_matrix(Geometry::kDenseLimit).select(1, 11);
    for (Index i = 0; i < 24; ++i)
      EXPECT_NEAR(out[static_cast<std::size_t>(i)], -k * cost[i].item<double>(), 1e-12 * std::max(1.0, k));
    // NaN is not lost.
    potential[2] = std::numeric_limits<double>::quiet_NaN();
    grid.passes().log_sums(Direction::kRows, k, potential.data(), out.data());
    for (const double value : out) EXPECT_TRUE(std::isnan(value));
  }
}

// Exponents far below what a float64 can hold: exp(-C / eps) is 0 for all pairs.
TEST(GridPasses, DoesNotUnderflowAtTinyEpsilon) {
  const auto grid = std::make_shared<Grid>(
      Grid::from_coordinates({line({0, 1, 2}), line({0, 1})}, {line({10, 11, 12}), line({5, 6})}));
  const double k = 1e6;
  const Vector zeros(6, 0.0);
  Vector out(6);
  grid->passes().log_sums(Direction::kRows, k, zeros.data(), out.data());
  const auto nearest = std::get<0>(grid->cost_matrix(Geometry::kDenseLimit).min(1));
  for (Index i = 0; i < 6; ++i)
    EXPECT_NEAR(out[static_cast<std::size_t>(i)] / (-k * nearest[i].item<double>()), 1, 1e-14);

  // Near the exact solution: a translation by (10, 5) with mass 1 / 6 everywhere.
  auto problem = linear_problem(grid, 1e-3);
  SinkhornSettings settings;
  settings.threshold = 1e-9;
  const auto result = sinkhorn(problem, settings);
  EXPECT_TRUE(result.converged());
  EXPECT_NEAR(result.transport_cost, 125, 1e-9);
  EXPECT_NEAR(result.value.item<double>(), 125 + 1e-3 * std::log(6), 1e-9);
}

TEST(GridPasses, SameNumbersForEveryNumberOfThreads) {
  Vector xs;
  Vector ys;
  for (int k = 0; k < 37; ++k) xs.push_back(k / 37.);
  for (int k = 0; k < 53; ++k) ys.push_back(k / 53.);
  const auto grid = Grid::from_coordinates({line(xs), line(ys)});
  const auto potential = fractions(grid.rows(), 7, 0);
  const int before = at::get_num_threads();
  for (const double k : {20., 900.}) {
    std::vector<Vector> results;
    for (const int threads : {1, 2, 3}) {
      at::set_num_threads(threads);
      auto& out = results.emplace_back(potential.size());
      grid.passes().log_sums(Direction::kRows, k, potential.data(), out.data());
    }
    at::set_num_threads(before);
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[0], results[2]);
  }
}

TEST(GridPasses, HasNoLeaves) {
  const auto grid = odd_grid();
  EXPECT_FALSE(grid.row_leaf().defined());
  EXPECT_FALSE(grid.column_leaf().defined());
  const Case it;
  const auto& passes = grid.passes();
  EXPECT_TRUE(passes.leaf_gradient(it.view(), {}, true, true).row.empty());
  EXPECT_TRUE(passes.leaf_second(it.view(), it.F.data(), it.G.data(), {}, true, true).column.empty());
  EXPECT_EQ(passes.move_sums(Direction::kColumns, it.view(), {}), Vector(30, 0.0));
  const LeafPair move{Vector(24, 1.0), {}};
  expect_error(ErrorKind::kDefect, "move of leaves",
               [&] { (void)passes.move_sums(Direction::kRows, it.view(), move); });
  expect_error(ErrorKind::kDefect, "move of leaves",
               [&] { (void)passes.leaf_second(it.view(), it.F.data(), it.G.data(), move, true, true); });
  EXPECT_EQ(passes.precision(), std::ldexp(1, -53));
}

}  // namespace brenier::ot::grid_test_detail
