#include "train/recovery/linear_r2.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"

namespace brenier::train {
namespace linear_r2_test {

at::Tensor normal(std::int64_t n, std::int64_t d, const char* name) {
  RandomStream stream(9, name);
  auto values = at::empty({n, d}, at::kDouble);
  for (std::int64_t i = 0; i < n * d; ++i) values.mutable_data_ptr<double>()[i] = stream.normal();
  return values;
}

// By the normal equations with an intercept.
double by_normal_equations(const at::Tensor& x, const at::Tensor& y) {
  const auto design = at::cat({x, at::ones({x.size(0), 1}, at::kDouble)}, 1);
  const auto weights = at::linalg_solve(design.t().mm(design), design.t().mm(y));
  const auto residual = (y - design.mm(weights)).square().sum(0);
  const auto spread = (y - y.mean(0, true)).square().sum(0);
  return (1.0 - residual / spread).mean().item<double>();
}

TEST(LinearR2, EqualsTheNormalEquations) {
  const auto x = normal(60, 3, "x") + 5.0;
  const auto y = x.mm(normal(3, 4, "w")) + 2.0 * normal(60, 4, "noise") - 11.0;
  EXPECT_NEAR(linear_r2(x, y), by_normal_equations(x, y), 1e-10);
}

TEST(LinearR2, IsOneForALinearMapAndSmallForNoise) {
  const auto x = normal(500, 3, "x");
  EXPECT_NEAR(linear_r2(x * 1e-6 + 3.0, x.mm(normal(3, 3, "w")) + 1.0), 1.0, 1e-9);
  EXPECT_LT(linear_r2(x, normal(500, 2, "other")), 0.05);
}

TEST(LinearR2, LatentsThatDependOnEachOtherDoNoHarm) {
  const auto x = normal(80, 2, "x");
  const auto y = x.mm(normal(2, 2, "w")) + normal(80, 2, "noise");
  const auto more =
      at::cat({x, x.select(1, 0).unsqueeze(1) * 3.0 - x.select(1, 1).unsqueeze(1), at::zeros({80, 1}, at::kDouble)}, 1);
  EXPECT_NEAR(linear_r2(more, y), linear_r2(x, y), 1e-10);
}

TEST(LinearR2, LeavesOutWhatDoesNotVary) {
  const auto x = normal(40, 2, "x");
  const auto y = x + normal(40, 2, "noise");
  const auto constant = at::full({40, 1}, 0.1, at::kDouble);
  EXPECT_NEAR(linear_r2(x, at::cat({y, constant}, 1)), linear_r2(x, y), 1e-12);
  EXPECT_TRUE(std::isnan(linear_r2(x, constant)));
}

TEST(LinearR2, RefusesWhatCannotBeCompared) {
  EXPECT_THROW((void)linear_r2(normal(5, 2, "x"), normal(6, 2, "y")), Error);
  EXPECT_THROW((void)linear_r2(normal(1, 2, "x"), normal(1, 2, "y")), Error);
  EXPECT_THROW((void)linear_r2(normal(5, 2, "x") / 0.0, normal(5, 2, "y")), Error);
}

}  // namespace linear_r2_test
}  // namespace brenier::train
