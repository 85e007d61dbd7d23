// Invariances of Gromov-Wasserstein.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <utility>

#include "core/random.h"
#include "tests/ot/gromov/gromov_cases.h"

namespace brenier::ot {
namespace gromov_property_test_detail {

// Cosine and sine of a random angle, in the plane.
at::Tensor rotation(RandomStream& random) {
  const double angle = random.uniform(0, 6.28);
  return tensor({std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)}, {2, 2});
}

GromovSettings steady() {
  GromovSettings settings;
  settings.threshold = 1e-9;
  settings.inner.threshold = 1e-11;
  settings.max_iterations = 3000;
  return settings;
}

}  // namespace gromov_property_test_detail

RC_GTEST_PROP(GromovProperties, RigidMovesAndOrderDoNotMatter, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint32_t>(), "tests/ot/gromov");
  GromovGolden golden(6 + static_cast<int>(random.below(6)), 5 + static_cast<int>(random.below(6)));
  const double epsilon = random.uniform(.02, .2);
  const auto settings = gromov_property_test_detail::steady();
  const auto before = gromov_wasserstein(golden.points(epsilon), settings);

  auto moved = golden;
  moved.x = at::matmul(golden.x, gromov_property_test_detail::rotation(random)) + random.uniform(-3, 3);
  const auto rigid = gromov_wasserstein(moved.points(epsilon), settings);
  RC_ASSERT(std::abs(rigid.value.item<double>() - before.value.item<double>()) < 1e-8);
  RC_ASSERT((rigid.plan - before.plan).abs().max().item<double>() < 1e-5);

  const auto order = at::tensor(random.permutation(golden.y.size(0)), at::kLong);
  auto permuted = golden;
  permuted.y = golden.y.index_select(0, order).contiguous();
  permuted.b = golden.b.index_select(0, order).contiguous();
  const auto after = gromov_wasserstein(permuted.points(epsilon), settings);
  RC_ASSERT(std::abs(after.value.item<double>() - before.value.item<double>()) < 1e-8);
  RC_ASSERT((after.plan - before.plan.index_select(1, order)).abs().max().item<double>() < 1e-5);

  // Exchanging the spaces transposes the plan.
  auto swapped = golden.points(epsilon);
  std::swap(swapped.x, swapped.y);
  std::swap(swapped.a, swapped.b);
  const auto back = gromov_wasserstein(swapped, settings);
  RC_ASSERT(std::abs(back.value.item<double>() - before.value.item<double>()) < 1e-8);
}

// Squared distances make V concave along plans: no step may raise it.
RC_GTEST_PROP(GromovProperties, ValuesFallForSquaredDistances, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint32_t>(), "tests/ot/gromov");
  const GromovGolden golden(6 + static_cast<int>(random.below(6)), 5 + static_cast<int>(random.below(6)));
  const auto out = gromov_wasserstein(golden.points(random.uniform(.005, .2)));
  for (std::size_t k = 1; k < out.values.size(); ++k) RC_ASSERT(out.values[k] <= out.values[k - 1] + 1e-7);
  RC_ASSERT(out.step == 1);
}

}  // namespace brenier::ot
