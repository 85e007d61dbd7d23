// Mean distances without a matrix against those with one.
#include "train/metric/mean_distance.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/random.h"
#include "train/metric/energy_distance.h"

namespace brenier::train {
namespace mean_distance_test {

at::Tensor cells(RandomStream& random, std::int64_t n, std::int64_t width, double shift) {
  std::vector<double> values(static_cast<std::size_t>(n * width));
  for (double& value : values) value = shift + random.normal();
  return at::tensor(values, at::kDouble).reshape({n, width}).to(at::kFloat);
}

TEST(MeanDistance, IsTheOneOfTheMatrix) {
  RandomStream random(2, "test");
  for (const double shift : {0.0, 100.0}) {
    const at::Tensor x = cells(random, 1100, 7, shift);
    const at::Tensor y = cells(random, 333, 7, shift + 0.2);
    const auto with_matrix = [](const at::Tensor& a, const at::Tensor& b) {
      return at::cdist(a.to(at::kDouble), b.to(at::kDouble), 2.0, /*compute_mode=*/2).mean().item<double>();
    };
    EXPECT_NEAR(mean_distance(x, y), with_matrix(x, y), 1e-6 * with_matrix(x, y));
    EXPECT_NEAR(mean_distance(x), with_matrix(x, x), 1e-6 * with_matrix(x, x));
    EXPECT_NEAR(large_energy_distance(x, y), energy_distance(Comparison(y, x, y)), 1e-5);
  }
}

TEST(MeanDistance, EqualCellsAreNotApart) {
  RandomStream random(3, "test");
  const at::Tensor one = cells(random, 1, 5, 40.0);
  EXPECT_EQ(mean_distance(one.expand({700, 5}).contiguous()), 0.0);
  const at::Tensor x = cells(random, 4, 5, 40.0);
  EXPECT_NEAR(large_energy_distance(x.repeat({100, 1}), x.repeat({50, 1})), 0.0, 1e-6);
}

TEST(MeanDistance, ShapesThatDoNotFitAreRefused) {
  EXPECT_THROW((void)mean_distance(at::rand({3, 2}), at::rand({3, 4})), Error);
  EXPECT_THROW((void)mean_distance(at::rand({0, 2})), Error);
}

}  // namespace mean_distance_test
}  // namespace brenier::train
