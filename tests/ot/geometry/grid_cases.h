// A small grid with different sides and a plan on it, for the tests of grids and of their passes.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/grid.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::grid_test_detail {

constexpr double kNone = -std::numeric_limits<double>::infinity();
using Vector = std::vector<double>;

inline at::Tensor line(const Vector& values) { return tensor(values, {static_cast<Index>(values.size())}); }

// Axes [2, 3], [4, 2], [3, 5]: 24 rows, 30 columns; some costs below 0.
inline Grid odd_grid(double scale = 1) {
  const auto axis = [&](int n, int m, int prime) {
    Vector cost;
    for (int k = 0; k < n * m; ++k) cost.push_back(scale * (golden_fraction(k, prime) - .2));
    return tensor(cost, {n, m});
  };
  return Grid::from_costs({axis(2, 3, 2), axis(4, 2, 3), axis(3, 5, 5)});
}

inline Vector fractions(Index count, int prime, double shift) {
  Vector out;
  for (int k = 0; k < count; ++k) out.push_back(golden_fraction(k, prime) + shift);
  return out;
}

// A plan of odd_grid with a row and a column of zeros, and what DenseCost makes of it.
struct Case {
  explicit Case(double scale = 1)
      : grid(odd_grid(scale)),
        dense(grid.cost_matrix(Geometry::kDenseLimit)),
        F(fractions(24, 7, -.5)),
        G(fractions(30, 11, -3)) {
    F[3] = kNone;
    G[7] = kNone;
  }
  [[nodiscard]] PlanView view(double k = 3) const { return {F.data(), G.data(), k}; }
  [[nodiscard]] Vector dense_plan(double k = 3) const {
    Vector out(24 * 30);
    dense.passes().plan_rows(view(k), 0, 24, out.data());
    return out;
  }
  Grid grid;
  DenseCost dense;
  Vector F;
  Vector G;
};

inline void expect_near(const Vector& found, const Vector& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (std::isinf(expected[k])) {
      EXPECT_EQ(found[k], expected[k]) << k;
    } else {
      EXPECT_NEAR(found[k], expected[k], tolerance * std::max(1.0, std::abs(expected[k]))) << k;
    }
  }
}

template <class Work>
void expect_error(ErrorKind kind, const std::string& part, Work&& work) {
  try {
    work();
    ADD_FAILURE() << "no error: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace brenier::ot::grid_test_detail
