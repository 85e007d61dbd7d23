// Golden case 28: implicit derivatives against those of an unrolled Sinkhorn written in tensor operations.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot::golden_case {

struct Potentials {
  at::Tensor f;
  at::Tensor g;
};

// Over-relaxed updates of `problem` on `cost`, every one part of the graph. They start at the solution, so what is
// iterated is the derivative: it converges at the rate of the updates. Their number is more than enough, and that the
// potentials stay where they were shows that the factor is stable.
Potentials unrolled(const LinearProblem& problem, const at::Tensor& cost, const SinkhornOutput& solved, double omega,
                    int count) {
  const double epsilon = solved.epsilon;
  const auto update = [&](const at::Tensor& other, const at::Tensor& own, const at::Tensor& weights,
                          const MarginalPenalty& penalty, Index axis) {
    const double tau = penalty.tau_at(epsilon);
    const auto exponent = (other.unsqueeze(1 - axis) - cost) / epsilon;
    const double factor = problem.reference == Reference::kProduct ? 1 : tau;
    const auto next = epsilon * (factor * weights.log() - tau * exponent.logsumexp(axis));
    return own + omega * (next - own);
  };
  Potentials now{solved.f.detach(), solved.g.detach()};
  for (int k = 0; k < count; ++k) {
    now.f = update(now.g, now.f, problem.a, problem.penalty_a, 1);
    now.g = update(now.f, now.g, problem.b, problem.penalty_b, 0);
  }
  if (problem.penalty_a.balanced() && problem.penalty_b.balanced()) {
    const auto mean = now.f.mean();
    now = {now.f - mean, now.g + mean};
  }
  return now;
}

at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y) {
  return (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
}

// Rows: derivatives of each output in all inputs.
at::Tensor jacobian(const at::Tensor& outputs, const std::vector<at::Tensor>& inputs) {
  std::vector<at::Tensor> rows;
  const auto flat = outputs.reshape({-1});
  for (Index k = 0; k < flat.numel(); ++k) {
    std::vector<at::Tensor> parts;
    for (const auto& part : torch::autograd::grad({flat[k]}, inputs, {}, true)) parts.push_back(part.reshape({-1}));
    rows.push_back(at::cat(parts));
  }
  return at::stack(rows).detach();
}

// |A - B| / |B|, sums of sizes.
double relative(const at::Tensor& A, const at::Tensor& B) {
  return ((A - B).abs().sum() / B.abs().sum()).item<double>();
}

TEST(OtGolden, Case28ImplicitJacobiansAreThoseOfUnrolledIterations) {
  struct Row {
    Reference reference;
    double tau;
    double omega;
    int count;
  };
  for (const auto& row : {Row{Reference::kProduct, 1, 1.85, 200}, Row{Reference::kProduct, .93, 1.4, 80},
                          Row{Reference::kCounting, .93, 1.4, 80}}) {
    SCOPED_TRACE("tau " + std::to_string(row.tau));
    GoldenProblem golden(27, 13, 4, .01);
    auto problem = golden.problem;
    problem.epsilon = problem.epsilon.detach();
    problem.penalty_a = problem.penalty_b = MarginalPenalty::tau(row.tau);
    problem.reference = row.reference;
    const auto out = sinkhorn(problem, exact());
    const auto cost = squared_distances(golden.x(), golden.y());
    const auto loop = unrolled(problem, cost, out, row.omega, row.count);
    EXPECT_LT(difference(loop.f, out.f), 1e-10);
    EXPECT_LT(difference(loop.g, out.g), 1e-10);

    const auto v = at::cos(at::arange(13, at::kDouble)).unsqueeze(1);
    const auto plan = ((loop.f.unsqueeze(1) + loop.g.unsqueeze(0) - cost) / .01).exp();
    const std::vector<at::Tensor> points{golden.x(), golden.y()};
    EXPECT_LT(relative(jacobian(out.f, points), jacobian(loop.f, points)), 1e-8);
    EXPECT_LT(relative(jacobian(apply_plan(out, Direction::kRows, v), points), jacobian(plan.mm(v), points)), 1e-8);
  }
}

TEST(OtGolden, Case28ImplicitHessianIsThatOfUnrolledIterations) {
  for (const double tau : {1., .93}) {
    SCOPED_TRACE("tau " + std::to_string(tau));
    GoldenProblem golden(8, 11, 2, .05);
    auto problem = golden.problem;
    problem.epsilon = problem.epsilon.detach();
    problem.a = problem.a.detach();
    problem.b = problem.b.detach();
    problem.penalty_a = problem.penalty_b = MarginalPenalty::tau(tau);
    const auto out = sinkhorn(problem, exact());
    const auto hessian = [&](const at::Tensor& value) {
      return jacobian(torch::autograd::grad({value}, {golden.x()}, {}, true, true)[0], {golden.x()});
    };

    const auto cost = squared_distances(golden.x(), golden.y());
    const auto loop = unrolled(problem, cost, out, 1.5, 80);
    const auto plan = ((loop.f.unsqueeze(1) + loop.g.unsqueeze(0) - cost) / .05).exp();
    const auto divergence = [](const at::Tensor& p, const at::Tensor& q) { return (p * (p / q).log() - p + q).sum(); };
    const auto product = problem.a.unsqueeze(1) * problem.b.unsqueeze(0);
    auto value = (plan * cost).sum() + .05 * divergence(plan, product);
    if (tau < 1) {
      const double rho = problem.penalty_a.rho_at(.05);
      value = value + rho * (divergence(plan.sum(1), problem.a) + divergence(plan.sum(0), problem.b));
    }
    EXPECT_NEAR(value.item<double>(), out.dual, 1e-12);
    const auto expected = hessian(value);
    EXPECT_LT(relative(hessian(out.value), expected), 1e-9);
    const auto one_hot = at::eye(16, at::kDouble);
    for (Index k = 0; k < 16; ++k) {
      const auto product_k = sinkhorn_hvp(out, {one_hot[k].reshape({8, 2}), {}, {}, {}, {}}).row_leaf.reshape({-1});
      EXPECT_LT(relative(product_k, expected[k]), 1e-8);
    }
  }
}

}  // namespace brenier::ot::golden_case
