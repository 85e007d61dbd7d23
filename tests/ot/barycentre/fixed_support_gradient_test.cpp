// Gradients of the weights of a barycentre in its histograms, against central differences and in their limits.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ot/geometry/point_cloud.h"
#include "tests/ot/barycentre/histogram_cases.h"

namespace brenier::ot {

class FixedSupportGradientTest : public HistogramCases {};

// Histograms by softmax, so that masses stay 1; central differences of fourth order.
TEST_F(FixedSupportGradientTest, GradientsAreCentralDifferences) {
  const auto data = golden_data(8, 11, 2);
  const auto x = tensor(data.x, {8, 2});
  const auto y = tensor(data.y, {11, 2});
  const auto weigh = at::cos(at::arange(8, at::kDouble));
  for (const double epsilon : {.5, .1, .03}) {
    for (const auto& lambda : {std::vector<double>{.2, .5, .3}, std::vector<double>{0, 1, 0}}) {
      const auto loss = [&](const at::Tensor& logits) {
        FixedSupportProblem problem;
        problem.geometries = {std::make_shared<PointCloud>(x, y), std::make_shared<DenseCost>(at::cdist(x, y)),
                              std::make_shared<PointCloud>(x, y + .3)};
        problem.histograms = logits.softmax(1).unbind(0);
        problem.lambda = lambda;
        problem.epsilon = epsilon;
        const auto out = fixed_support_barycentre(problem, until(1e-14));
        return (weigh * out.weights).sum();
      };
      const auto logits = at::sin(at::arange(33, at::kDouble)).reshape({3, 11});
      const auto leaf = logits.clone().requires_grad_(true);
      const auto found = torch::autograd::grad({loss(leaf)}, {leaf})[0];
      auto expected = at::zeros_like(logits);
      const double h = 1e-3;
      for (std::int64_t i = 0; i < logits.numel(); ++i) {
        const auto moved = [&](double step) {
          auto copy = logits.clone();
          copy.view({-1})[i] += step;
          return loss(copy).item<double>();
        };
        expected.view({-1})[i] = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      }
      EXPECT_GT(largest(expected), 1e-3);
      EXPECT_LT(largest(found - expected), 1e-7 * largest(expected)) << epsilon;
    }
  }
}

TEST_F(FixedSupportGradientTest, GradientOnBinsAndTheirCommonMass) {
  auto problem = case34();
  for (auto& h : problem.histograms) h = h.clone().requires_grad_(true);
  const auto out = fixed_support_barycentre(problem, until(1e-12));
  const auto i = at::arange(100, at::kDouble);
  const auto gradients =
      torch::autograd::grad({(i * out.weights).sum()}, {problem.histograms[0], problem.histograms[1]});
  // Equal histograms: every plan is the same, nothing is left to solve.
  auto equal = barycentre_problem(problem.geometries[0], at::stack({bins(30, 10), bins(30, 10)}), .01);
  equal.histograms[0] = equal.histograms[0].clone().requires_grad_(true);
  const auto half = fixed_support_barycentre(equal, until(1e-12));
  const auto own = torch::autograd::grad({(i * half.weights).sum()}, {equal.histograms[0]})[0];
  EXPECT_NEAR((own * equal.histograms[0].detach()).sum().item<double>(), mean(half.weights.detach()) / 2, 1e-8);
  // All masses grow alike: so does the barycentre.
  const auto along = (gradients[0] * problem.histograms[0] + gradients[1] * problem.histograms[1]).sum();
  EXPECT_NEAR(along.item<double>(), mean(out.weights.detach()), 1e-8);
  // A rough solution gives a rough gradient, no worse.
  const auto rough = fixed_support_barycentre(problem, until(1e-4));
  const auto near = torch::autograd::grad({(i * rough.weights).sum()}, {problem.histograms[0]})[0];
  const auto away = near - gradients[0];
  EXPECT_LT(largest(away - away.mean()), .01 * largest(gradients[0] - gradients[0].mean()));
  // The mean of the barycentre moves by lambda_k times the mean of a histogram, away from the ends.
  const auto middle = gradients[0].slice(0, 30, 41);
  EXPECT_NEAR((middle[10] - middle[0]).item<double>() / 10, .5, .03);
}

TEST_F(FixedSupportGradientTest, GradientInFloat32AndAtEmptyBins) {
  const auto gradient = [](at::ScalarType type) {
    const auto axis = at::arange(10, at::kDouble).to(type);
    auto h = at::ones({2, 10}, type) / 8;
    h.slice(1, 0, 2).zero_();
    h.requires_grad_(true);
    auto problem = barycentre_problem(std::make_shared<DenseCost>((axis.unsqueeze(1) - axis).square() / 81), h, .05);
    problem.lambda = {.4, .6};
    const auto out = fixed_support_barycentre(problem, until(1e-6));
    return torch::autograd::grad({(out.weights * axis.square()).sum()}, {h})[0];
  };
  const auto exact = gradient(at::kDouble);
  EXPECT_EQ(largest(exact.slice(1, 0, 2)), 0);
  EXPECT_LT(largest(gradient(at::kFloat).to(at::kDouble) - exact), 1e-3 * largest(exact));
}

TEST_F(FixedSupportGradientTest, WhatCarriesNoGradient) {
  auto problem = case34();
  for (auto& h : problem.histograms) h = h.clone().requires_grad_(true);
  const auto out = fixed_support_barycentre(problem, until(1e-8));
  EXPECT_TRUE(out.weights.requires_grad());
  EXPECT_FALSE(out.f[0].requires_grad());
  EXPECT_FALSE(fixed_support_barycentre(problem, until(1e-3, true)).weights.requires_grad());
  EXPECT_FALSE(fixed_support_barycentre(case34()).weights.requires_grad());
  const auto gradient = torch::autograd::grad({out.weights[3]}, {problem.histograms[0]}, {}, true, true)[0];
  expect_error(ErrorKind::kUsage, "second derivatives of a barycentre",
               [&] { (void)torch::autograd::grad({gradient.sum()}, {problem.histograms[0]}); });
}

TEST_F(FixedSupportGradientTest, GradientThatIsNotSolvedThrows) {
  auto problem = case34();
  for (auto& h : problem.histograms) h = h.clone().requires_grad_(true);
  auto settings = until(1e-8);
  settings.implicit.max_iterations = 1;
  const auto out = fixed_support_barycentre(problem, settings);
  expect_error(ErrorKind::kNumerical, "gradient of a barycentre was not solved", [&] {
    (void)torch::autograd::grad({(out.weights * at::arange(100, at::kDouble)).sum()}, {problem.histograms[0]});
  });
}

}  // namespace brenier::ot
