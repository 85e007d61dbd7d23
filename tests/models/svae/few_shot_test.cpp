#include "models/svae/few_shot.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"

namespace brenier::models {

// The same cells in axes in which one latent moves and in rotated ones: the bounds are alike, few cells tell more in
// the first.
TEST(FewShot, PrefersAxesInWhichFewLatentsMove) {
  RandomStream stream(3, "test");
  auto means = normal_tensor(stream, {300, 10}, 1.0, at::kDouble);
  means.select(1, 4) += 4.0;
  const auto bounds = -means.square().sum(1) / 2;  // of a unit Gaussian without shift
  const auto turn = std::get<0>(at::linalg_qr(normal_tensor(stream, {10, 10}, 1.0, at::kDouble)));
  RandomStream one(1, "shots");
  RandomStream two(1, "shots");
  const double aligned = few_shot_score(means, bounds, 5, 50, one);
  const double turned = few_shot_score(means.matmul(turn), bounds, 5, 50, two);
  // The best there is, the true shift, gives -L / 2 a cell; five cells miss it by a little.
  EXPECT_NEAR(aligned, -5.0, 0.6);
  EXPECT_LT(turned, aligned - 0.3);
}

TEST(FewShot, IsTheBoundItselfWithoutAShift) {
  RandomStream stream(3, "test");
  const auto means = at::zeros({20, 3}, at::kDouble);
  const auto bounds = at::full({20}, -7.0, at::kDouble);
  EXPECT_NEAR(few_shot_score(means, bounds, 4, 3, stream), -7.0, 1e-12);
}

}  // namespace brenier::models
