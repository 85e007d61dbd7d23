#include "ot/plan/plan.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "ot/geometry/dense_cost.h"
#include "ot/plan/entropic_map.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {

TEST(Plan, DenseMeetsItsMarginalsAndAppliesLikeAMatrix) {
  const GoldenProblem golden(8, 11, 2, .1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto plan = dense_plan(out);
  EXPECT_TRUE(at::allclose(plan.sum(1), golden.problem.a, 1e-10, 1e-12));
  EXPECT_TRUE(at::allclose(plan.sum(0), golden.problem.b, 1e-10, 1e-12));
  const auto v = at::sin(at::arange(33, at::kDouble)).reshape({11, 3});
  const auto u = at::cos(at::arange(24, at::kDouble)).reshape({8, 3});
  EXPECT_TRUE(at::allclose(apply_plan(out, Direction::kRows, v), plan.matmul(v), 1e-10, 1e-12));
  EXPECT_TRUE(at::allclose(apply_plan(out, Direction::kColumns, u), plan.t().matmul(u), 1e-10, 1e-12));
}

TEST(Plan, GradientsOfApplicationAreThoseOfTheDensePlan) {
  for (const auto direction : {Direction::kRows, Direction::kColumns}) {
    for (const bool unbalanced : {false, true}) {
      GoldenProblem golden(8, 11, 2, .1);
      if (unbalanced) golden.problem.penalty_a = MarginalPenalty::rho(.7);
      const auto out = sinkhorn(golden.problem, golden.exact());
      const bool by_rows = direction == Direction::kRows;
      auto v = at::sin(at::arange(by_rows ? 33 : 24, at::kDouble)).reshape({-1, 3}).requires_grad_(true);
      const auto weights = at::cos(at::arange(by_rows ? 24 : 33, at::kDouble)).reshape({-1, 3});
      const std::vector<at::Tensor> inputs{
          golden.x(), golden.y(), golden.problem.a, golden.problem.b, golden.problem.epsilon, v};
      const auto streamed = torch::autograd::grad({(weights * apply_plan(out, direction, v)).sum()}, inputs, {}, true);
      const auto plan = by_rows ? dense_plan(out) : dense_plan(out).t();
      const auto dense = torch::autograd::grad({(weights * plan.matmul(v)).sum()}, inputs, {}, true);
      for (std::size_t k = 0; k < inputs.size(); ++k)
        EXPECT_TRUE(at::allclose(streamed[k], dense[k], 1e-9, 1e-11)) << k << '\n' << streamed[k] << dense[k];
    }
  }
}

TEST(Plan, Case14BarycentricMap) {
  const GoldenProblem golden(8, 11, 2, .1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto map = barycentric_map(out);
  EXPECT_NEAR(map[0][0].item<double>(), .721141995917, 1e-10);
  EXPECT_NEAR(map[0][1].item<double>(), .882519231864, 1e-10);
  EXPECT_NEAR(map[3][0].item<double>(), .943922938587, 1e-10);
  EXPECT_NEAR(map[3][1].item<double>(), 1.0578313025, 1e-10);
  // The extension to any point agrees at the problem's own, both ways.
  EXPECT_TRUE(at::allclose(EntropicMap(out).transport(golden.x()), map, 1e-10, 1e-12));
  EXPECT_TRUE(at::allclose(EntropicMap(out, Direction::kColumns).transport(golden.y()),
                           barycentric_map(out, Direction::kColumns), 1e-10, 1e-12));
  const auto relative = out.f - .1 * golden.problem.a.log();
  EXPECT_TRUE(at::allclose(EntropicMap(out).potential(golden.x()), relative, 1e-9, 1e-11));
}

TEST(Plan, RowsOfWeightZeroStayZeros) {
  GoldenProblem golden(8, 11, 2, .1);
  auto a = golden.problem.a.detach().clone();
  a[0] = 0;
  golden.problem.a = a / a.sum();
  const auto out = sinkhorn(golden.problem, golden.exact());
  EXPECT_EQ(dense_plan(out)[0].abs().sum().item<double>(), 0);
  const auto map = barycentric_map(out);
  EXPECT_EQ(map[0].abs().sum().item<double>(), 0);
  const auto gradient = torch::autograd::grad({map.sum()}, {golden.x()})[0];
  EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
}

TEST(Plan, SparseKeepsTheLargeEntriesOfEveryRow) {
  const GoldenProblem golden(8, 11, 2, .05);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto dense = dense_plan(out).detach();
  const auto sparse = sparse_plan(out, .1).to_dense();
  const auto kept = dense >= .1 * std::get<0>(dense.max(1, true));
  EXPECT_TRUE(at::allclose(sparse, dense * kept, 1e-12, 1e-15));
  EXPECT_LT(kept.sum().item<std::int64_t>(), 60);
  EXPECT_TRUE(at::allclose(sparse_plan(out, 0).to_dense(), dense, 1e-12, 1e-15));
}

TEST(Plan, RefusesWhatItCannotDo) {
  const GoldenProblem golden(8, 11, 2, .1);
  const auto out = sinkhorn(golden.problem);
  EXPECT_THROW(std::ignore = apply_plan(out, Direction::kRows, at::ones({8, 2}, at::kDouble)), Error);
  EXPECT_THROW(std::ignore = apply_plan(out, Direction::kRows, at::ones({11, 2}, at::kFloat)), Error);
  EXPECT_THROW(std::ignore = sparse_plan(out, 2), Error);
  EXPECT_THROW(std::ignore = EntropicMap(out).transport(at::ones({3, 5}, at::kDouble)), Error);
  try {
    std::ignore = dense_plan(out, 100);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("8 x 11 pairs"), std::string::npos) << error.what();
  }
  const auto matrix = sinkhorn(linear_problem(std::make_shared<DenseCost>(at::ones({3, 4}, at::kDouble)), .1));
  EXPECT_THROW(std::ignore = barycentric_map(matrix), Error);
  EXPECT_THROW(EntropicMap{matrix}, Error);
}

}  // namespace brenier::ot
