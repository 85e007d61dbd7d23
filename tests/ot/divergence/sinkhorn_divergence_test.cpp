#include "ot/divergence/sinkhorn_divergence.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "ot/geometry/dense_cost.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {

DivergenceSettings exact(const GoldenProblem& golden) {
  DivergenceSettings settings;
  settings.sinkhorn = golden.exact();
  return settings;
}

TEST(SinkhornDivergence, Case07ValueAndItsTerms) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const double tolerance = dtype == at::kDouble ? 1e-10 : 1e-4;
    const GoldenProblem golden(8, 11, 2, .1, dtype);
    const auto out = sinkhorn_divergence(golden.problem, exact(golden));
    EXPECT_NEAR(out.xy.dual, .30363559282975433, tolerance);
    EXPECT_NEAR(out.xx.dual, .13423093249749568, tolerance);
    EXPECT_NEAR(out.yy->dual, .131464859406904, tolerance);
    EXPECT_NEAR(out.value.item<double>(), .1707876968775545, tolerance);
    EXPECT_EQ(out.status(), SinkhornStatus::kConverged);
    EXPECT_LT(out.xx.iterations, 45);  // plain alternating updates need 90
  }
}

TEST(SinkhornDivergence, IsZeroBetweenEqualMeasuresAndPositiveElsewhere) {
  for (const bool unbalanced : {false, true}) {
    GoldenProblem golden(8, 8, 2, .1);
    if (unbalanced) golden.problem.penalty_a = golden.problem.penalty_b = MarginalPenalty::rho(.5);
    EXPECT_GT(sinkhorn_divergence(golden.problem, exact(golden)).value.item<double>(), 1e-3);
    auto x = golden.x().detach().requires_grad_(true);
    golden.problem.geometry = std::make_shared<PointCloud>(x, x.detach());
    golden.problem.b = golden.problem.a.detach();
    const auto same = sinkhorn_divergence(golden.problem, exact(golden));
    EXPECT_NEAR(same.value.item<double>(), 0, 1e-10);
    EXPECT_LT(torch::autograd::grad({same.value}, {x})[0].abs().max().item<double>(), 1e-9);
    // Another mass is another measure.
    if (!unbalanced) continue;
    golden.problem.b = golden.problem.b * 1.3;
    EXPECT_GT(sinkhorn_divergence(golden.problem, exact(golden)).value.item<double>(), 1e-4);
  }
}

TEST(SinkhornDivergence, GradientsAgreeWithDifferences) {
  for (const bool unbalanced : {false, true}) {
    const auto value = [&](const at::Tensor& x, const at::Tensor& b, const at::Tensor& epsilon) {
      GoldenProblem golden(8, 11, 2, .1);
      golden.problem.geometry = std::make_shared<PointCloud>(x, golden.y().detach());
      golden.problem.a = golden.problem.a.detach();
      golden.problem.b = b;
      golden.problem.epsilon = epsilon;
      if (unbalanced) golden.problem.penalty_a = golden.problem.penalty_b = MarginalPenalty::rho(.5);
      return sinkhorn_divergence(golden.problem, exact(golden)).value;
    };
    const GoldenProblem golden(8, 11, 2, .1);
    const auto x = golden.x().detach().requires_grad_(true);
    const auto b = golden.problem.b.detach().requires_grad_(true);
    const auto epsilon = golden.problem.epsilon.detach().requires_grad_(true);
    const auto gradients = torch::autograd::grad({value(x, b, epsilon)}, {x, b, epsilon});
    const auto dx = at::cos(at::arange(16, at::kDouble)).reshape({8, 2});
    auto db = at::sin(at::arange(11, at::kDouble)) * .1;
    db = db - db.mean();
    const auto de = at::scalar_tensor(1., at::kDouble);
    const double h = 1e-4;
    const auto check = [&](std::size_t k, const at::Tensor& direction, const auto& at_step) {
      const double difference = (8 * (at_step(h) - at_step(-h)) - (at_step(2 * h) - at_step(-2 * h))) / (12 * h);
      EXPECT_NEAR((gradients[k] * direction).sum().template item<double>(), difference, 1e-8);
    };
    check(0, dx, [&](double t) { return value(x.detach() + t * dx, b.detach(), epsilon.detach()).item<double>(); });
    check(1, db, [&](double t) { return value(x.detach(), b.detach() + t * db, epsilon.detach()).item<double>(); });
    check(2, de, [&](double t) { return value(x.detach(), b.detach(), epsilon.detach() + t).item<double>(); });
  }
}

TEST(SinkhornDivergence, Case26StaticSideAndKnownTerm) {
  const GoldenProblem golden(8, 11, 2, .1);
  auto settings = exact(golden);
  const auto full = sinkhorn_divergence(golden.problem, settings);
  settings.static_b = true;
  const auto fixed = sinkhorn_divergence(golden.problem, settings);
  settings.value_bb = full.value_bb;
  const auto known = sinkhorn_divergence(golden.problem, settings);
  EXPECT_NEAR(fixed.value.item<double>(), full.value.item<double>(), 1e-14);
  EXPECT_NEAR(known.value.item<double>(), full.value.item<double>(), 1e-14);
  EXPECT_FALSE(known.yy);
  const auto of_fixed = torch::autograd::grad({fixed.value}, {golden.x(), golden.y()});
  const auto of_full = torch::autograd::grad({full.value}, {golden.x(), golden.y()});
  EXPECT_TRUE(at::allclose(of_fixed[0], of_full[0]));
  EXPECT_FALSE(at::allclose(of_fixed[1], of_full[1]));
}

TEST(SinkhornDivergence, Case31IntegersOnALine) {
  const auto x = at::arange(10, at::kDouble).reshape({10, 1});
  const auto y = (2 * at::arange(10, at::kDouble)).reshape({10, 1});
  auto problem = linear_problem(std::make_shared<PointCloud>(x, y), 1);
  problem.a = at::arange(1, 11, at::kDouble) / 55;
  DivergenceSettings settings;
  settings.sinkhorn.threshold = 1e-13;
  EXPECT_NEAR(sinkhorn_divergence(problem, settings).value.item<double>(), 20.525726004441736, 1e-6);
}

TEST(SinkhornDivergence, RefusesMatricesAndTheCountingReference) {
  EXPECT_THROW(
      std::ignore = sinkhorn_divergence(linear_problem(std::make_shared<DenseCost>(at::ones({3, 3}, at::kDouble)), .1)),
      Error);
  GoldenProblem golden(8, 8, 2, .1);
  golden.problem.reference = Reference::kCounting;
  EXPECT_THROW(std::ignore = sinkhorn_divergence(golden.problem), Error);
}

}  // namespace brenier::ot
