// Golden case 22: a point cloud solved by streaming is the same as with its cost matrix, in far less memory.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "ot/geometry/dense_cost.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_problem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BRENIER_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define BRENIER_TEST_SANITIZED 1
#endif
#endif

namespace brenier::ot::golden_case {

#ifdef BRENIER_TEST_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// How much the resident memory of this process grows while it lives, in bytes: sampled by a thread of its own.
class MemoryMeter final {
 public:
  MemoryMeter() : start_(resident()), largest_(start_), thread_([this] { watch(); }) {}
  ~MemoryMeter() {
    done_ = true;
    thread_.join();
  }
  MemoryMeter(const MemoryMeter&) = delete;
  MemoryMeter& operator=(const MemoryMeter&) = delete;

  [[nodiscard]] Index growth() const { return largest_ - start_; }

  // 0 where the system does not say.
  static Index resident() {
    Index pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return pages * static_cast<Index>(::sysconf(_SC_PAGESIZE));
  }

 private:
  void watch() {
    while (!done_) {
      largest_ = std::max(largest_.load(), resident());
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
  }

  Index start_;
  std::atomic<Index> largest_;
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

TEST(OtGolden, Case22StreamingIsDense) {
  for (const auto type : {at::kDouble, at::kFloat}) {
    GoldenProblem golden(100, 42, 3, .05, type);
    const double tolerance = type == at::kDouble ? 1e-10 : 1e-5;
    auto settings = golden.exact();
    const auto streaming = sinkhorn(golden.problem, settings);
    EXPECT_NE(streaming.method.find("streaming"), std::string::npos) << streaming.method;
    auto dense = golden.problem;
    dense.geometry = std::make_shared<DenseCost>(golden.problem.geometry->cost_matrix());
    const auto stored = sinkhorn(dense, settings);
    EXPECT_NEAR(streaming.dual, stored.dual, tolerance);
    EXPECT_NEAR(streaming.transport_cost, stored.transport_cost, tolerance);
    EXPECT_LT(difference(streaming.f, stored.f), tolerance);
    EXPECT_LT(difference(streaming.g, stored.g), tolerance);
    const auto v = at::cos(at::arange(42, at::kDouble)).unsqueeze(1).to(type);
    const auto loss = [&](const SinkhornOutput& out) {
      return out.value + (at::sin(at::arange(100, at::kDouble)).to(type) * out.f).sum() +
             apply_plan(out, Direction::kRows, v).square().sum();
    };
    const std::vector<at::Tensor> inputs{golden.x(), golden.y(), golden.problem.a, golden.problem.b};
    const auto ours = torch::autograd::grad({loss(streaming)}, inputs);
    const auto theirs = torch::autograd::grad({loss(stored)}, inputs);
    for (std::size_t k = 0; k < inputs.size(); ++k)
      EXPECT_LT(difference(ours[k], theirs[k]), 100 * tolerance * (1 + ours[k].abs().max().item<double>()));
  }
}

TEST(OtGolden, Case22ForwardAndBackwardStoreNoPairs) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's own memory would be measured";
  if (MemoryMeter::resident() == 0) GTEST_SKIP() << "this system does not say how much memory is used";
  constexpr Index kPoints = 6000;
  constexpr Index kMegabyte = Index{1} << 20;
  const auto cloud = [](double phase) {
    auto points = at::sin(at::arange(3 * kPoints, at::kDouble) * 1.7 + phase).reshape({kPoints, 3}).to(at::kFloat);
    return points.requires_grad_(true);
  };
  auto problem = linear_problem(std::make_shared<PointCloud>(cloud(0), cloud(.5)), 1);
  problem.epsilon_scale = EpsilonScale::kMean;
  SinkhornSettings settings;
  settings.certify = false;
  settings.implicit.tolerance = 1e-3;
  {
    const MemoryMeter meter;
    const auto out = sinkhorn(problem, settings);
    const auto values = at::ones({kPoints, 1}, at::kFloat).cumsum(0) / kPoints;
    const auto loss =
        out.value + (values.squeeze(1) * out.f).sum() + apply_plan(out, Direction::kRows, values).square().sum();
    const auto gradients =
        torch::autograd::grad({loss}, {problem.geometry->row_leaf(), problem.geometry->column_leaf()});
    EXPECT_GT(gradients[0].abs().max().item<double>(), 0);
    EXPECT_LT(meter.growth(), 40 * kMegabyte);
    RecordProperty("megabytes", std::to_string(meter.growth() / kMegabyte));
  }
  // What the meter would have seen.
  const MemoryMeter meter;
  const auto matrix = problem.geometry->cost_matrix().detach();
  EXPECT_GT(matrix.sum().item<double>(), 0);
  EXPECT_GT(meter.growth(), 100 * kMegabyte);
}

}  // namespace brenier::ot::golden_case
