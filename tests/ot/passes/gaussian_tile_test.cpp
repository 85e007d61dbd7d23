#include "ot/passes/gaussian_tile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace brenier::ot {
namespace gaussian_tile_test {

constexpr double kNone = -std::numeric_limits<double>::infinity();

// Points, potentials of about `size`, a row and a column of weight zero; exponents between -30 and about 1.
template <class T>
struct Case {
  Case(Index n, Index m, Index d, double size)
      : rows(n), columns(m), dimension(d), scale(1.5 / static_cast<double>(d)) {
    const auto wave = [](Index k, double phase) { return std::sin(1.7 * static_cast<double>(k) + phase); };
    for (Index k = 0; k < rows * dimension; ++k) x.push_back(static_cast<T>(wave(k, .3)));
    for (Index k = 0; k < columns * dimension; ++k) y.push_back(static_cast<T>(wave(k, 1.1)));
    for (Index i = 0; i < rows; ++i) shift.push_back(static_cast<T>(size + wave(i, .2)));
    for (Index j = 0; j < columns; ++j) bias.push_back(static_cast<T>(wave(j, 2.3) - size));
    shift[static_cast<std::size_t>(rows / 2)] = static_cast<T>(kNone);
    bias[static_cast<std::size_t>(columns / 2)] = static_cast<T>(kNone);
  }

  [[nodiscard]] double distance(Index i, Index j) const {
    double sum = 0;
    for (Index k = 0; k < dimension; ++k) {
      const double z = static_cast<double>(x[static_cast<std::size_t>(i * dimension + k)]) -
                       static_cast<double>(y[static_cast<std::size_t>(k * columns + j)]);
      sum += z * z;
    }
    return sum;
  }
  [[nodiscard]] double entry(Index i, Index j) const {
    return std::exp(static_cast<double>(shift[static_cast<std::size_t>(i)]) +
                    static_cast<double>(bias[static_cast<std::size_t>(j)]) - scale * distance(i, j));
  }

  Index rows;
  Index columns;
  Index dimension;
  double scale;
  std::vector<T> x;  // [rows, D]
  std::vector<T> y;  // [D, columns]
  std::vector<T> shift;
  std::vector<T> bias;
};

// The tile of a case, in U.
template <class U>
struct Tile {
  template <class T>
  explicit Tile(const Case<T>& it)
      : x(it.x.begin(), it.x.end()),
        y(it.y.begin(), it.y.end()),
        shift(it.shift.begin(), it.shift.end()),
        bias(it.bias.begin(), it.bias.end()),
        x_norms(static_cast<std::size_t>(it.rows), U(0)),
        y_norms(static_cast<std::size_t>(it.columns), U(0)) {
    for (std::size_t k = 0; k < x.size(); ++k) x_norms[k / static_cast<std::size_t>(it.dimension)] += x[k] * x[k];
    for (std::size_t k = 0; k < y.size(); ++k) y_norms[k % static_cast<std::size_t>(it.columns)] += y[k] * y[k];
    tile = {x.data(), y.data(),   x_norms.data(), y_norms.data(), shift.data(), bias.data(), static_cast<U>(it.scale),
            it.rows,  it.columns, it.dimension,   it.columns};
  }
  std::vector<U> x;
  std::vector<U> y;
  std::vector<U> shift;
  std::vector<U> bias;
  std::vector<U> x_norms;
  std::vector<U> y_norms;
  GaussianTile<U> tile;
};

template <class T>
void expect_entries(const Case<T>& it, const std::vector<T>& out, const std::vector<double>& sums, double tolerance) {
  for (Index i = 0; i < it.rows; ++i) {
    double sum = 0;
    for (Index j = 0; j < it.columns; ++j) {
      const double expected = it.entry(i, j);
      const auto found = static_cast<double>(out[static_cast<std::size_t>(i * it.columns + j)]);
      EXPECT_NEAR(found, expected, tolerance * expected) << it.dimension << ": " << i << ", " << j;
      sum += found;
    }
    EXPECT_NEAR(sums[static_cast<std::size_t>(i)], sum + 1, 1e-5 * (sum + 1));
  }
}

template <class T, class U, class Compute>
void check(double size, double tolerance, Compute compute) {
  for (const Index dimension : {1, 2, 3, 4, 5, 33}) {
    for (const auto& [rows, columns] : {std::pair<Index, Index>{1, 1}, {8, 16}, {11, 37}, {3, 7}, {17, 512}}) {
      const Case<T> it(rows, columns, dimension, size);
      const Tile<U> tile(it);
      std::vector<T> out(static_cast<std::size_t>(rows * columns), T(-1));
      std::vector<double> sums(static_cast<std::size_t>(rows), 1.0);  // sums are added to
      compute(tile.tile, out.data(), sums.data());
      expect_entries(it, out, sums, tolerance);
    }
  }
}

}  // namespace gaussian_tile_test

TEST(GaussianTile, IsTheExponentialOfItsExponents) {
  gaussian_tile_test::check<float, float>(
      0, 3e-6, [](const auto& tile, float* out, double* sums) { gaussian_tile(tile, out, sums); });
  gaussian_tile_test::check<double, double>(
      0, 1e-14, [](const auto& tile, double* out, double* sums) { gaussian_tile(tile, out, sums); });
}

TEST(GaussianTile, ExactExponentsDoNotFeelTheSizeOfThePotentials) {
  gaussian_tile_test::check<float, double>(
      0, 8e-7, [](const auto& tile, float* out, double* sums) { exact_gaussian_tile(tile, out, sums); });
  // float32 potentials of 1000 cancel; they are off by 3e-5 each, but the exponent made of them is exact.
  gaussian_tile_test::check<float, double>(
      1000, 8e-7, [](const auto& tile, float* out, double* sums) { exact_gaussian_tile(tile, out, sums); });
}

TEST(GaussianTile, VanishesBelowAndStaysFiniteAbove) {
  gaussian_tile_test::Case<float> it(2, 20, 2, 0);
  it.shift[0] = -1000.0F;
  it.shift[1] = 1000.0F;
  const gaussian_tile_test::Tile<float> tile(it);
  std::vector<float> out(40);
  std::vector<double> sums(2, 0.0);
  gaussian_tile(tile.tile, out.data(), sums.data());
  for (int j = 0; j < 20; ++j) {
    EXPECT_EQ(out[static_cast<std::size_t>(j)], 0.0F);
    if (j != 10) {
      EXPECT_GT(out[static_cast<std::size_t>(20 + j)], 1e37F);
    }
  }
  EXPECT_EQ(out[30], 0.0F);
  EXPECT_EQ(sums[0], 0);
  EXPECT_GT(sums[1], 1e30);  // outside of the range in which sums are trusted
}

namespace gaussian_tile_test {

// The weighted column sums of a strip, from the tile row by row.
template <class T>
std::vector<double> weighted(const GaussianTile<T>& tile, const std::vector<T>& factors) {
  std::vector<T> entries(static_cast<std::size_t>(tile.rows * tile.columns));
  std::vector<double> sums(static_cast<std::size_t>(tile.rows));
  gaussian_tile(tile, entries.data(), sums.data());
  std::vector<double> out(static_cast<std::size_t>(tile.columns), 0.0);
  for (Index i = 0; i < tile.rows; ++i)
    for (Index j = 0; j < tile.columns; ++j)
      out[static_cast<std::size_t>(j)] += static_cast<double>(factors[static_cast<std::size_t>(i)]) *
                                          static_cast<double>(entries[static_cast<std::size_t>(i * tile.columns + j)]);
  return out;
}

template <class T>
void check_strips(double tolerance) {
  const std::vector<T> factors = {T(1), T(.5), T(-2), T(0), T(3), T(.25), T(1), T(-1)};
  for (const Index dimension : {1, 2, 4, 7, 33}) {
    for (const Index columns : {1, 16, 37, 48, 515}) {
      const Tile<T> tile(Case<T>(kStripRows, columns, dimension, 0));
      const auto count = static_cast<std::size_t>(columns);
      const auto once = weighted(tile.tile, factors);
      std::vector<T> first(kStripRows * count);
      std::vector<T> second(kStripRows * count);
      std::vector<double> masses(kStripRows, 0.0);
      std::vector<double> masses_again(kStripRows, 0.0);
      std::vector<double> found(count, 1.0);  // sums are added to
      gaussian_strip<T>(tile.tile, first.data(), masses.data(), nullptr);
      const simd::WeightedRows<T> waiting{factors.data(), first.data(), kStripRows, found.data()};
      gaussian_strip<T>(tile.tile, second.data(), masses_again.data(), &waiting);
      for (std::size_t j = 0; j < count; ++j) EXPECT_NEAR(found[j], 1 + once[j], tolerance) << columns << ": " << j;
      finish_strip<T>({factors.data(), second.data(), kStripRows, found.data()}, columns);
      for (std::size_t j = 0; j < count; ++j) EXPECT_NEAR(found[j], 1 + 2 * once[j], tolerance) << columns << ": " << j;
      EXPECT_EQ(masses, masses_again);
      std::vector<T> rows(kStripRows * count);
      std::vector<double> expected(kStripRows, 0.0);
      gaussian_tile(tile.tile, rows.data(), expected.data());
      for (std::size_t i = 0; i < kStripRows; ++i) EXPECT_NEAR(masses[i], expected[i], tolerance * expected[i]);
    }
  }
}

}  // namespace gaussian_tile_test

TEST(GaussianStrip, GivesTheColumnSumsOfTheStripBefore) {
  gaussian_tile_test::check_strips<float>(1e-5);
  gaussian_tile_test::check_strips<double>(1e-13);
}

TEST(SquaredDistanceTile, AgreesWithDifferences) {
  for (const auto& [rows, columns] : {std::pair<Index, Index>{1, 1}, {8, 16}, {11, 37}}) {
    const gaussian_tile_test::Case<double> it(rows, columns, 6, 0);
    const gaussian_tile_test::Tile<double> tile(it);
    std::vector<double> out(static_cast<std::size_t>(rows * columns), -1.0);
    squared_distance_tile(tile.tile, out.data());
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j)
        EXPECT_NEAR(out[static_cast<std::size_t>(i * columns + j)], it.distance(i, j), 1e-13);
  }
}

}  // namespace brenier::ot
