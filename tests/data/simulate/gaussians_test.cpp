#include "data/simulate/gaussians.h"

#include <gtest/gtest.h>

#include <cmath>

namespace brenier::tests::gaussians_test {

constexpr std::size_t kD = 3;
using Vector = std::vector<double>;  // [D]

std::vector<Vector> cells_at(const data::SimulatedGaussians& simulated, double dose) {
  const auto doses = simulated.table.obs.numbers("dose_value");
  const auto& values = simulated.table.x.dense().values;
  std::vector<Vector> cells;
  for (std::size_t i = 0; i < doses.size(); ++i) {
    if (doses[i] == dose) cells.emplace_back(values.begin() + kD * i, values.begin() + kD * (i + 1));
  }
  return cells;
}

struct Moments {
  Vector mean = Vector(kD);
  Vector covariance = Vector(kD * kD);
};

Moments moments(const std::vector<Vector>& cells) {
  Moments out;
  const auto n = static_cast<double>(cells.size());
  for (const auto& cell : cells) {
    for (std::size_t i = 0; i < kD; ++i) out.mean[i] += cell[i] / n;
  }
  for (const auto& cell : cells) {
    for (std::size_t i = 0; i < kD; ++i) {
      for (std::size_t j = 0; j < kD; ++j) {
        out.covariance[kD * i + j] += (cell[i] - out.mean[i]) * (cell[j] - out.mean[j]) / n;
      }
    }
  }
  return out;
}

TEST(SimulateGaussians, TheTrueMapsPushControlsToEachContext) {
  data::SimulateGaussiansSettings settings;
  settings.dimensions = kD;
  settings.doses = {1, 2, 4};
  settings.cells = 20000;
  settings.control_cells = 20000;
  const auto simulated = data::simulate_gaussians(settings);
  const auto control = cells_at(simulated, 0.0);
  for (std::size_t k = 0; k < 3; ++k) {
    const double* map = simulated.matrix.data() + kD * kD * k;
    const double* shift = simulated.shift.data() + kD * k;
    double length = 0.0;
    for (std::size_t i = 0; i < kD; ++i) {
      length += shift[i] * shift[i];
      EXPECT_GT(map[kD * i + i], 0.0);
      for (std::size_t j = 0; j < kD; ++j) EXPECT_NEAR(map[kD * i + j], map[kD * j + i], 1e-10);  // a gradient
    }
    EXPECT_NEAR(std::sqrt(length), settings.radius, 1e-9);
    std::vector<Vector> moved;
    for (const auto& cell : control) {
      Vector image(shift, shift + kD);
      for (std::size_t i = 0; i < kD; ++i) {
        for (std::size_t j = 0; j < kD; ++j) image[i] += map[kD * i + j] * cell[j];
      }
      moved.push_back(std::move(image));
    }
    const auto reached = moments(moved);
    const auto wanted = moments(cells_at(simulated, settings.doses[k]));
    for (std::size_t i = 0; i < kD; ++i) EXPECT_NEAR(reached.mean[i], wanted.mean[i], 0.06);
    for (std::size_t i = 0; i < kD * kD; ++i) EXPECT_NEAR(reached.covariance[i], wanted.covariance[i], 0.1);
  }
}

TEST(SimulateGaussians, TheFileHoldsTheMapsAndTheSeedDecides) {
  data::SimulateGaussiansSettings settings;
  settings.cells = 5;
  settings.control_cells = 7;
  const auto a = data::simulate_gaussians(settings);
  EXPECT_EQ(a.table.cells(), 12 * 5 + 7);
  EXPECT_EQ(a.table.obs.labels("perturbation").front(), "control");
  EXPECT_TRUE(data::simulate_gaussians(settings).table.x.dense().values == a.table.x.dense().values);
  settings.seed = 1;
  EXPECT_FALSE(data::simulate_gaussians(settings).table.x.dense().values == a.table.x.dense().values);
  const auto file = data::to_ann_data(a);
  ASSERT_NE(file.uns.find("true_map_matrix"), nullptr);
  EXPECT_EQ(file.uns.find("true_map_matrix")->as<data::NumericArray>()->shape, (std::vector<std::int64_t>{12, 2, 2}));
}

}  // namespace brenier::tests::gaussians_test
