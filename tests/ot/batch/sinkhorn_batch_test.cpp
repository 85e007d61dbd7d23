#include "ot/batch/sinkhorn_batch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <atomic>

#include "core/error.h"
#include "ot/cost/custom_cost.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/geometry/dense_cost.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {
namespace sinkhorn_batch_test {

// Problems of 1 to 40 points, some unbalanced, of different epsilon and cost.
std::vector<LinearProblem> ragged(Index count, at::ScalarType dtype = at::kDouble) {
  std::vector<LinearProblem> problems;
  for (Index k = 0; k < count; ++k) {
    const int n = static_cast<int>(1 + (k * 7) % 40);
    const int m = static_cast<int>(1 + (k * 11) % 37);
    auto problem = GoldenProblem(n, m, 2, k % 2 == 0 ? .5 : .05, dtype).problem;
    if (k % 3 == 1) problem.penalty_a = MarginalPenalty::tau(.9);
    problems.push_back(std::move(problem));
  }
  return problems;
}

BatchSettings tight() {
  BatchSettings settings;
  settings.sinkhorn.threshold = 1e-10;
  return settings;
}

}  // namespace sinkhorn_batch_test

TEST(SinkhornBatch, Case38EqualsTheLoop) {
  std::vector<LinearProblem> problems;
  for (int k = 0; k < 4; ++k) {
    const auto data = golden_data(16, 16, 2);
    const auto cost = (tensor(data.x, {16, 2}).unsqueeze(1) - (k + 1) * tensor(data.y, {16, 2}).unsqueeze(0)).abs();
    problems.push_back(linear_problem(std::make_shared<DenseCost>(cost.sum(2).requires_grad_(true)), .1));
  }
  const auto outs = sinkhorn_batch(problems, sinkhorn_batch_test::tight());
  ASSERT_EQ(outs.size(), 4U);
  for (std::size_t k = 0; k < 4; ++k) {
    const auto alone = sinkhorn(problems[k], sinkhorn_batch_test::tight().sinkhorn);
    EXPECT_TRUE(at::equal(outs[k].f, alone.f));
    EXPECT_TRUE(at::equal(outs[k].g, alone.g));
    EXPECT_EQ(outs[k].dual, alone.dual);
    EXPECT_TRUE(outs[k].converged());
  }
}

TEST(SinkhornBatch, RaggedProblemsStopOnTheirOwnAndDoNotDependOnThreads) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const auto problems = sinkhorn_batch_test::ragged(64, dtype);
    BatchSettings settings;
    settings.sinkhorn.threshold = 1e-5;
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const auto one = sinkhorn_batch(problems, settings);
    at::set_num_threads(4);
    const auto four = sinkhorn_batch(problems, settings);
    at::set_num_threads(before);
    Index fewest = 1 << 20;
    Index most = 0;
    for (std::size_t k = 0; k < problems.size(); ++k) {
      const auto alone = sinkhorn(problems[k], settings.sinkhorn);
      EXPECT_TRUE(at::equal(one[k].f, alone.f)) << k;
      EXPECT_TRUE(at::equal(four[k].f, alone.f)) << k;
      EXPECT_TRUE(at::equal(four[k].g, alone.g)) << k;
      EXPECT_EQ(four[k].iterations, alone.iterations);
      EXPECT_EQ(four[k].errors, alone.errors);
      EXPECT_TRUE(four[k].converged());
      fewest = std::min(fewest, four[k].iterations);
      most = std::max(most, four[k].iterations);
    }
    EXPECT_LT(3 * fewest, most);
  }
}

TEST(SinkhornBatch, GradientsAreThoseOfTheProblemsAlone) {
  const auto problems = sinkhorn_batch_test::ragged(12);
  const auto settings = sinkhorn_batch_test::tight();
  const auto outs = sinkhorn_batch(problems, settings);
  const auto loss = [](const SinkhornOutput& out, std::size_t k) {
    const auto weights = at::cos(at::arange(out.f.numel(), at::kDouble));
    // Some use the value alone, some potentials alone, some nothing.
    if (k % 4 == 3) return at::zeros({}, at::kDouble);
    auto sum = k % 4 == 1 ? at::zeros({}, at::kDouble) : out.value * static_cast<double>(k + 1);
    return k % 4 == 0 ? sum : sum + ((weights - weights.mean()) * out.f).sum();
  };
  auto total = at::zeros({}, at::kDouble);
  for (std::size_t k = 0; k < outs.size(); ++k) total = total + loss(outs[k], k);
  total.backward();
  for (std::size_t k = 0; k < problems.size(); ++k) {
    const auto& problem = problems[k];
    const auto x = problem.geometry->row_leaf();
    const auto together = x.grad();
    if (k % 4 == 3) {
      EXPECT_FALSE(together.defined() && together.abs().max().item<double>() > 0);
      continue;
    }
    const auto alone = sinkhorn(problem, settings.sinkhorn);
    const auto gradients = torch::autograd::grad({loss(alone, k)}, {x, problem.a, problem.b, problem.epsilon});
    EXPECT_TRUE(at::equal(together, gradients[0])) << k;
    EXPECT_TRUE(at::equal(problem.a.grad(), gradients[1])) << k;
    EXPECT_TRUE(at::equal(problem.b.grad(), gradients[2])) << k;
    EXPECT_TRUE(at::equal(problem.epsilon.grad(), gradients[3])) << k;
  }
}

TEST(SinkhornBatch, SharedLeavesAddUpAndValuesCanBeDifferentiatedTwice) {
  const GoldenProblem golden(8, 11, 2, .1);
  const auto x = golden.x();
  auto problem = golden.problem;
  problem.epsilon = problem.epsilon.detach();
  auto other = problem;
  other.epsilon = at::scalar_tensor(.3, at::kDouble);
  const auto outs = sinkhorn_batch({problem, other}, sinkhorn_batch_test::tight());
  const auto gradient = torch::autograd::grad({outs[0].value + 2 * outs[1].value}, {x}, {}, true, true)[0];
  const auto direction = at::sin(1 + at::arange(16, at::kDouble)).reshape({8, 2});
  const auto product = torch::autograd::grad({(gradient * direction).sum()}, {x})[0];
  SinkhornMove move;
  move.row_leaf = direction;
  const auto expected = sinkhorn_hvp(outs[0], move).row_leaf + 2 * sinkhorn_hvp(outs[1], move).row_leaf;
  EXPECT_LT((product - expected).abs().max().item<double>(), 1e-10);
}

TEST(SinkhornBatch, StartsAreOneAProblem) {
  const auto problems = sinkhorn_batch_test::ragged(5);
  const auto settings = sinkhorn_batch_test::tight();
  std::vector<SinkhornStart> starts;
  for (const auto& out : sinkhorn_batch(problems, settings)) {
    const auto f = out.f.detach();
    starts.push_back({{f.const_data_ptr<double>(), f.const_data_ptr<double>() + f.numel()}, {}});
  }
  for (const auto& out : sinkhorn_batch(problems, settings, starts)) EXPECT_LE(out.iterations, 2);
  starts.pop_back();
  EXPECT_THROW((void)sinkhorn_batch(problems, settings, starts), Error);
  EXPECT_TRUE(sinkhorn_batch({}, settings).empty());
}

TEST(SinkhornBatch, AnErrorNamesItsProblem) {
  auto problems = sinkhorn_batch_test::ragged(3);
  problems[1].a = problems[1].a.detach() * -1;
  try {
    (void)sinkhorn_batch(problems);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_NE(std::string(error.what()).find("problem 2 of 3"), std::string::npos) << error.what();
  }
}

TEST(SinkhornBatch, ProgressCountsAndCanStop) {
  const auto problems = sinkhorn_batch_test::ragged(20);
  auto settings = sinkhorn_batch_test::tight();
  Index last = 0;
  settings.progress = [&](Index done, Index total) {
    EXPECT_EQ(done, last + 1);
    EXPECT_EQ(total, 20);
    last = done;
    return true;
  };
  (void)sinkhorn_batch(problems, settings);
  EXPECT_EQ(last, 20);
  settings.progress = [&](Index done, Index) { return done < 3; };
  Index cancelled = 0;
  for (const auto& out : sinkhorn_batch(problems, settings))
    cancelled += static_cast<Index>(out.status == SinkhornStatus::kCancelled);
  EXPECT_GT(cancelled, 10);
}

TEST(SinkhornBatch, AUsersCostIsCalledByOneThreadAtATime) {
  std::atomic<int> inside{0};
  std::atomic<bool> together{false};
  const auto cost = std::make_shared<CustomCost>("guarded", [&](const at::Tensor& x, const at::Tensor& y) {
    if (inside++ > 0) together = true;
    auto out = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
    --inside;
    return out;
  });
  std::vector<LinearProblem> problems;
  for (int k = 0; k < 8; ++k) problems.push_back(GoldenProblem(8, 11, 2, .1, at::kDouble, cost).problem);
  const int before = at::get_num_threads();
  at::set_num_threads(4);
  const auto outs = sinkhorn_batch(problems, sinkhorn_batch_test::tight());
  at::set_num_threads(before);
  EXPECT_FALSE(together);
  for (const auto& out : outs) EXPECT_NEAR(out.dual, .30363559282975433, 1e-10);
}

TEST(SinkhornDivergenceBatch, Case26SegmentsEqualTheLoop) {
  const auto problems = sinkhorn_batch_test::ragged(9);
  DivergenceSettings settings;
  settings.sinkhorn.threshold = 1e-10;
  const auto outs = sinkhorn_divergence_batch(problems, settings);
  for (std::size_t k = 0; k < problems.size(); ++k) {
    const auto alone = sinkhorn_divergence(problems[k], settings);
    EXPECT_EQ(outs[k].value.item<double>(), alone.value.item<double>());
    EXPECT_EQ(outs[k].status(), SinkhornStatus::kConverged);
    const auto x = problems[k].geometry->row_leaf();
    EXPECT_TRUE(at::equal(torch::autograd::grad({outs[k].value}, {x}, {}, true)[0],
                          torch::autograd::grad({alone.value}, {x})[0]));
  }
  settings.value_bb = 1;
  EXPECT_THROW((void)sinkhorn_divergence_batch(problems, settings), Error);
}

}  // namespace brenier::ot
