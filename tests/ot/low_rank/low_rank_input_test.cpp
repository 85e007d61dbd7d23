// Bad input of low-rank Sinkhorn, and results that did not converge.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "core/error.h"
#include "tests/ot/low_rank/low_rank_cases.h"

namespace brenier::ot {
namespace low_rank_input_test_detail {

void expect_error(const std::shared_ptr<const Geometry>& geometry, const at::Tensor& a, const LowRankSettings& settings,
                  ErrorKind kind, const std::string& part) {
  try {
    std::ignore = low_rank_sinkhorn(geometry, a, {}, settings);
    ADD_FAILURE() << "no error for " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace low_rank_input_test_detail

using low_rank_input_test_detail::expect_error;

TEST(LowRankHonesty, NotConvergedAndCancelled) {
  const LowRankGolden golden(60, 50, 2);
  auto settings = of_rank(5);
  settings.max_iterations = 2;
  const auto few = low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings);
  EXPECT_EQ(few.status, SinkhornStatus::kMaxIterations);
  EXPECT_EQ(few.iterations, 2);
  EXPECT_LT(few.row_error, 1e-13);  // rounded all the same
  settings = of_rank(5);
  Index seen = 0;
  settings.progress = [&](const LowRankProgress& progress) {
    seen = progress.iteration;
    return progress.iteration < 3;
  };
  const auto stopped = low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings);
  EXPECT_EQ(stopped.status, SinkhornStatus::kCancelled);
  EXPECT_EQ(seen, 3);
  // Projections that cannot reach their threshold.
  settings = of_rank(5);
  settings.projection_iterations = 1;
  settings.projection_threshold = 1e-15;
  settings.max_iterations = 20;
  EXPECT_FALSE(low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings).converged());
}

TEST(LowRankInput, SettingsOutOfRange) {
  const LowRankGolden golden(5, 4, 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuse = [&](const std::string& name, const std::function<void(LowRankSettings&)>& change) {
    LowRankSettings settings;
    change(settings);
    expect_error(golden.points(), {}, settings, ErrorKind::kUsage, name);
  };
  refuse("rank", [](auto& settings) { settings.rank = 0; });
  refuse("epsilon", [](auto& settings) { settings.epsilon = -.1; });
  refuse("epsilon", [&](auto& settings) { settings.epsilon = nan; });
  refuse("threshold", [](auto& settings) { settings.threshold = 0; });
  refuse("max_iterations", [](auto& settings) { settings.max_iterations = 0; });
  refuse("step", [](auto& settings) { settings.step = 0; });
  refuse("projection_threshold", [](auto& settings) { settings.projection_threshold = 0; });
  refuse("projection_iterations", [](auto& settings) { settings.projection_iterations = 0; });
  refuse("floor", [](auto& settings) { settings.floor = 1; });
  EXPECT_EQ(low_rank_start_by_name("rank_two"), LowRankStart::kRankTwo);
  EXPECT_THROW(std::ignore = low_rank_start_by_name("warm"), Error);
}

TEST(LowRankInput, GeometryAndWeights) {
  const LowRankGolden golden(5, 4, 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_error(nullptr, {}, {}, ErrorKind::kUsage, "geometry");
  auto negative = golden.a.clone();
  negative[1] = -.1;
  expect_error(golden.points(), negative, {}, ErrorKind::kData, "negative");
  auto broken = golden.a.clone();
  broken[1] = nan;
  expect_error(golden.points(), broken, {}, ErrorKind::kData, "a");
  expect_error(golden.points(), golden.b, {}, ErrorKind::kData, "a");
  expect_error(golden.points(), 2 * golden.a, {}, ErrorKind::kData, "mass");
  LowRankSettings settings;
  settings.start = LowRankStart::kAnchors;
  expect_error(golden.matrix(), {}, settings, ErrorKind::kUsage, "needs points");
  settings = {};
  settings.limit_bytes = 5 * 4 * 8 - 1;
  expect_error(golden.matrix(), {}, settings, ErrorKind::kData, "5 x 4 pairs");
}

// A constant cost: every plan is optimal, and nothing is divided by zero.
TEST(LowRankInput, ConstantCost) {
  const auto same = at::ones({6, 2}, at::kDouble);
  for (const auto start : {LowRankStart::kAnchors, LowRankStart::kRandom, LowRankStart::kRankTwo}) {
    auto settings = of_rank(3);
    settings.start = start;
    const auto out = low_rank_sinkhorn(std::make_shared<PointCloud>(same, same), {}, {}, settings);
    EXPECT_TRUE(out.converged());
    EXPECT_NEAR(out.transport_cost, 0, 1e-15);
    EXPECT_TRUE(at::isfinite(out.q).all().item<bool>());
  }
}

}  // namespace brenier::ot
