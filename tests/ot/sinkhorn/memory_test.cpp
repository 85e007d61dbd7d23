#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "core/error.h"
#include "ot/batch/sinkhorn_batch.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/outputs.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {
namespace memory_test {

SinkhornSettings limited(std::optional<Index> bytes) {
  SinkhornSettings settings;
  settings.plan_bytes = bytes;
  return settings;
}

bool stores(const SinkhornOutput& out) { return out.method.find("stored plan") != std::string::npos; }

TEST(SinkhornMemory, APlanIsStoredOnlyWithinTheLimit) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const GoldenProblem golden(40, 30, 2, .1, dtype);
    const Index bytes = 40 * 30 * static_cast<Index>(c10::elementSize(dtype));
    const auto stored = sinkhorn(golden.problem, limited(bytes));
    const auto streamed = sinkhorn(golden.problem, limited(bytes - 1));
    EXPECT_TRUE(stores(stored)) << stored.method;
    EXPECT_FALSE(stores(streamed)) << streamed.method;
    EXPECT_TRUE(stores(sinkhorn(golden.problem, limited({}))));
    EXPECT_EQ(stored.iterations, streamed.iterations);
    EXPECT_LT((stored.f - streamed.f).abs().max().item<double>(), dtype == at::kDouble ? 1e-12 : 2e-6);
  }
}

TEST(SinkhornMemory, NoLimitGivenMeansLessWhereAGradientIsWanted) {
  const SinkhornSettings settings;
  const auto plain = memory_for(settings, false);
  EXPECT_FALSE(plain.plan_bytes);
  EXPECT_EQ(plain.kept_bytes, 0);
  const auto watched = memory_for(settings, true);
  EXPECT_EQ(watched.plan_bytes, settings.implicit.plan_bytes);
  EXPECT_EQ(watched.kept_bytes, settings.kept_bytes);
  // Backward does not store what forward may not.
  EXPECT_EQ(memory_for(limited(0), true).implicit.plan_bytes, 0);
  EXPECT_EQ(memory_for(limited(Index{1} << 40), true).plan_bytes, Index{1} << 40);
  EXPECT_THROW(check_settings(limited(-1)), Error);
}

// Batches and divergences go this way.
TEST(SinkhornMemory, RecordsThatAreSolvedTogetherAreLimitedAlike) {
  for (const bool gradient : {false, true}) {
    const GoldenProblem golden(12, 9, 2, .1);
    auto record = std::make_shared<SinkhornRecord>();
    record->problem = golden.problem;
    if (!gradient) {
      record->problem = linear_problem(std::make_shared<PointCloud>(golden.x().detach(), golden.y().detach()), .1);
    }
    record->checked = check_problem(record->problem);
    const SinkhornSettings limits = memory_for({}, gradient);
    solve_records({record}, {"one"}, [&](std::size_t, const SinkhornRecord& one, const SinkhornSettings& settings) {
      EXPECT_EQ(settings.plan_bytes, limits.plan_bytes) << gradient;
      EXPECT_EQ(settings.kept_bytes, limits.kept_bytes) << gradient;
      return solve_sinkhorn(one.passes(), one.checked, {}, settings);
    });
    EXPECT_EQ(record->settings.plan_bytes, limits.plan_bytes) << gradient;
    EXPECT_EQ(record->solution.stored != nullptr, gradient);
  }
}

TEST(SinkhornMemory, GradientsAreTheSameWithoutAStoredPlan) {
  const GoldenProblem golden(40, 30, 3, .1, at::kDouble);
  std::vector<at::Tensor> gradients;
  for (const Index bytes : {Index{0}, Index{1} << 30}) {
    auto problem = golden.problem;
    const auto x = golden.x().detach().clone().requires_grad_();
    problem.geometry = std::make_shared<PointCloud>(x, golden.y());
    auto settings = limited(bytes);
    settings.threshold = 1e-12;
    const auto out = sinkhorn(problem, settings);
    gradients.push_back(torch::autograd::grad({out.f.square().sum()}, {x}).front());
  }
  EXPECT_LT((gradients[0] - gradients[1]).abs().max().item<double>(), 1e-9);
}

// Hints change what log sums cost, not what they are: far guesses and wide potentials too.
TEST(LogSums, QuickOnesAgreeWithExactOnes) {
  const auto points = [](Index count) { return at::arange(count * 6, at::kFloat).square().cos().view({count, 6}); };
  constexpr double kLargestCost = 24;  // six features in [-1, 1]
  const PointCloud cloud(points(50), points(70));
  const auto& passes = cloud.passes();
  for (const double inverse : {0.1, 1.0, 10.0, 300.0}) {
    for (const double size : {0.0, 3.0, 200.0}) {
      for (const auto direction : {Direction::kRows, Direction::kColumns}) {
        const bool by_rows = direction == Direction::kRows;
        std::vector<double> potential(by_rows ? 70 : 50);
        for (std::size_t k = 0; k < potential.size(); ++k) potential[k] = size * std::cos(static_cast<double>(3 * k));
        std::vector<double> exact(by_rows ? 50 : 70);
        auto quick = exact;
        passes.log_sums(direction, inverse, potential.data(), exact.data());
        const auto agree = [&](const LogSumHints& hints) {
          passes.log_sums(direction, inverse, potential.data(), quick.data(), hints);
          for (std::size_t k = 0; k < exact.size(); ++k)
            ASSERT_NEAR(quick[k], exact[k], 5e-7 * (10 + size + kLargestCost * inverse)) << inverse << " " << size;
        };
        agree({nullptr, true});
        auto guess = exact;
        agree({guess.data(), true});
        agree({guess.data(), false});
        for (double& value : guess) value += 90;
        agree({guess.data(), true});
        agree({guess.data(), false});
      }
    }
  }
}

}  // namespace memory_test
}  // namespace brenier::ot
