// Barycentres of histograms: golden case 34, POT's numbers, optimality by another solver, limits and properties.
#include "ot/barycentre/fixed_support.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/helpers/repository.h"
#include "tests/ot/barycentre/histogram_cases.h"

namespace brenier::ot {

class FixedSupportTest : public HistogramCases {
 protected:
  // By value: a reference into it would not live.
  static nlohmann::json oracle(const std::string& file, const std::string& name) {
    nlohmann::json json;
    std::ifstream(tests::repository_file("tests/oracle/ot/" + file)) >> json;
    return json.at("problems").at(name);
  }
  static at::Tensor numbers(const nlohmann::json& list) {
    return at::tensor(list.get<std::vector<double>>(), at::kDouble);
  }
};

TEST_F(FixedSupportTest, Case34TwoGaussiansOnBins) {
  const auto out = fixed_support_barycentre(case34(), until(1e-13));
  EXPECT_TRUE(out.converged());
  EXPECT_NEAR(out.weights.sum().item<double>(), 1, 1e-13);
  EXPECT_NEAR(mean(out.weights), 35.04368064666662, 1e-9);
  EXPECT_EQ(out.weights.argmax().item<std::int64_t>(), 35);
  EXPECT_NEAR(out.weights.max().item<double>(), .03270249925499, 1e-12);
  EXPECT_NEAR(variance(out.weights), 146.96594298, 1e-7);
  const auto single = fixed_support_barycentre(case34(at::kFloat), until(1e-5));
  EXPECT_TRUE(single.converged());
  EXPECT_EQ(single.weights.scalar_type(), at::kFloat);
  EXPECT_LT(largest(single.weights.to(at::kDouble) - out.weights), 1e-6);
}

// Of POT's log-domain solver: its default one starts off the constraint, so unequal weights lead it elsewhere (see
// make_barycentre.py).
TEST_F(FixedSupportTest, AgreesWithPot) {
  for (const std::string first : {"0.5", "0.8"}) {
    const auto known = oracle("barycentre.json", "line_" + first);
    auto problem = case34();
    problem.lambda = known.at("weights").get<std::vector<double>>();
    const auto out = fixed_support_barycentre(problem, until(1e-13));
    EXPECT_LT(largest(out.weights.slice(0, 0, 100, 5) - numbers(known.at("weights_of_bins"))), 1e-11);
  }
  for (const std::string epsilon : {"0.05", "0.01"}) {
    const auto known = oracle("barycentre.json", "square_" + epsilon);
    const auto out = fixed_support_barycentre(square(std::stod(epsilon)), until(1e-13));
    EXPECT_LT(largest(out.weights - numbers(known.at("weights_of_bins"))), 1e-11);
  }
}

TEST_F(FixedSupportTest, DebiasedAgreesWithPot) {
  const auto known = oracle("pot.json", "barycentre_8x8_0.01");
  const auto out = fixed_support_barycentre(square(.01), until(1e-13, true));
  EXPECT_TRUE(out.converged());
  EXPECT_LT(largest(out.weights - numbers(known.at("debiased"))), 1e-13);
  // Structure much finer than sqrt(eps) moves the objective hardly at all: both solvers stop before it is settled, and
  // agree on what is.
  for (const std::string first : {"0.5", "0.8"}) {
    const auto line = oracle("pot.json", "barycentre_1d_debiased_" + first);
    auto problem = case34();
    problem.lambda = line.at("weights").get<std::vector<double>>();
    const auto rough = fixed_support_barycentre(problem, until(1e-6, true));
    EXPECT_TRUE(rough.converged());
    EXPECT_NEAR(mean(rough.weights), line.at("mean").get<double>(), 1e-5);
    EXPECT_NEAR(variance(rough.weights), line.at("variance").get<double>(), 1e-3);
    EXPECT_LT(largest(rough.weights.slice(0, 0, 100, 5) - numbers(line.at("every_fifth"))), 2e-4);
  }
}

TEST_F(FixedSupportTest, DebiasedKeepsTheShapeOfTranslatedGaussians) {
  auto problem =
      barycentre_problem(std::make_shared<DenseCost>(line_cost()), at::stack({bins(40, 5), bins(60, 5)}), 1e-2);
  problem.lambda = {.25, .75};
  const auto plain = fixed_support_barycentre(problem, until(1e-6));
  EXPECT_GT(variance(plain.weights), 40);
  const auto out = fixed_support_barycentre(problem, until(1e-6, true));
  EXPECT_TRUE(out.converged());
  EXPECT_NEAR(mean(out.weights), 55, 1e-4);
  EXPECT_NEAR(variance(out.weights), 25, 1e-3);
  EXPECT_LT((out.weights - bins(55, 5)).abs().sum().item<double>(), 1e-3);
}

TEST_F(FixedSupportTest, DebiasedOfOneHistogramIsThatHistogram) {
  const auto h = bins(30, 6) * .7 + bins(70, 9) * .3;
  const auto problem = barycentre_problem(std::make_shared<DenseCost>(line_cost()), h.unsqueeze(0), 1e-3);
  const auto out = fixed_support_barycentre(problem, until(1e-6, true));
  EXPECT_TRUE(out.converged());
  EXPECT_LT((out.weights - h).abs().sum().item<double>(), 2e-4) << (out.weights - h).abs().sum().item<double>();
  // The plain one is not: it is h smoothed twice.
  const auto plain = fixed_support_barycentre(problem, until(1e-10));
  const auto kernel = at::exp(-line_cost() / 1e-3);
  const auto smoothed = at::mv(kernel, h / at::mv(kernel, at::ones({100}, at::kDouble)));
  EXPECT_LT(largest(plain.weights - smoothed), 1e-12);
  EXPECT_GT((plain.weights - h).abs().sum().item<double>(), .01);
}

TEST_F(FixedSupportTest, GeometriesOfTheSamePointsAgree) {
  const auto problem = square(.05);
  const auto expected = fixed_support_barycentre(problem, until(1e-12)).weights;
  const auto axis = at::arange(8, at::kDouble) / 7;
  const auto points = at::stack({axis.repeat_interleave(8), axis.repeat({8})}, 1);
  for (const auto& geometry : std::vector<std::shared_ptr<const Geometry>>{
           std::make_shared<PointCloud>(points, points),
           std::make_shared<DenseCost>(problem.geometries[0]->cost_matrix())}) {
    auto same = problem;
    same.geometries = {geometry};
    EXPECT_LT(largest(fixed_support_barycentre(same, until(1e-12)).weights - expected), 1e-12);
  }
}

// The derivative of V(p, h) in p is the potential, so sum_k lambda_k f_k (less the self potential) is one constant at
// the optimum. f comes from the transport solver.
TEST_F(FixedSupportTest, IsOptimalByTheTransportSolver) {
  for (const bool debiased : {false, true}) {
    const auto problem = square(.01);
    const auto out = fixed_support_barycentre(problem, until(1e-12, debiased));
    ASSERT_TRUE(out.converged());
    auto slope = at::zeros({64}, at::kDouble);
    SinkhornSettings exact;
    exact.threshold = 1e-13;
    auto one = linear_problem(problem.geometries[0], problem.epsilon);
    one.a = out.weights;
    for (std::size_t k = 0; k < 3; ++k) {
      one.b = problem.histograms[k];
      slope = slope + problem.lambda[k] * sinkhorn(one, exact).f;
    }
    if (debiased) {
      // Row and column potentials of a measure against itself, without the gauge.
      one.b = out.weights;
      const auto own = sinkhorn(one, exact);
      slope = slope - (own.f + own.g) / 2;
    }
    slope = slope - (out.weights * slope).sum();
    EXPECT_LT(largest(slope), 1e-10);
  }
}

TEST_F(FixedSupportTest, PlansMeetBothMarginals) {
  auto problem = square(.05);
  const auto cost = problem.geometries[0]->cost_matrix();
  for (const bool debiased : {false, true}) {
    const auto out = fixed_support_barycentre(problem, until(1e-4, debiased));
    double worst = 0;
    auto sum = at::zeros({64}, at::kDouble);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto plan = ((out.f[k].unsqueeze(1) + out.g[k] - cost) / out.epsilon).exp();
      EXPECT_LT(largest(plan.sum(0) - problem.histograms[k]), 1e-14);
      worst = std::max(worst, (plan.sum(1) - out.weights).abs().sum().item<double>());
      sum = sum + problem.lambda[k] * out.f[k];
    }
    if (debiased) {
      const auto d = out.self_potential;
      const auto own = ((d.unsqueeze(1) + d - cost) / out.epsilon).exp().sum(1);
      worst = std::max(worst, (own - out.weights).abs().sum().item<double>());
    } else {
      EXPECT_LT(largest(sum), 1e-13);
      EXPECT_FALSE(out.self_potential.defined());
    }
    EXPECT_NEAR(worst, out.marginal_error, 1e-12);
    EXPECT_LE(worst, 1e-4);
  }
}

TEST_F(FixedSupportTest, CostsAndBinsMayDiffer) {
  const auto data = golden_data(8, 11, 2);
  const auto other = golden_data(6, 11, 2);
  const auto x = tensor(data.x, {8, 2});
  const auto y = tensor(data.y, {11, 2});
  const auto z = tensor(other.x, {6, 2}) + .2;
  FixedSupportProblem problem;
  problem.geometries = {std::make_shared<PointCloud>(x, y), std::make_shared<DenseCost>(at::cdist(x, z))};
  problem.histograms = {tensor(data.b, {11}), tensor(other.a, {6})};
  problem.lambda = {.3, .7};
  problem.epsilon = .1;
  const auto out = fixed_support_barycentre(problem, until(1e-13));
  EXPECT_TRUE(out.converged());
  // The same iteration on kernels.
  std::vector<at::Tensor> kernels;
  for (const auto& geometry : problem.geometries) kernels.push_back(at::exp(-geometry->cost_matrix() / .1));
  std::vector<at::Tensor> u(2, at::ones({8}, at::kDouble));
  at::Tensor p;
  for (int iteration = 0; iteration < 2000; ++iteration) {
    std::vector<at::Tensor> sums;
    p = at::ones({8}, at::kDouble);
    for (std::size_t k = 0; k < 2; ++k) {
      sums.push_back(at::mv(kernels[k], problem.histograms[k] / at::mv(kernels[k].t(), u[k])));
      p = p * sums[k].pow(problem.lambda[k]);
    }
    for (std::size_t k = 0; k < 2; ++k) u[k] = p / sums[k];
  }
  EXPECT_LT(largest(out.weights - p), 1e-12);
  // Debiased needs to know the support's own cost.
  expect_refused(problem, ErrorKind::kUsage, "the support against itself", until(1e-5, true));
  problem.self = std::make_shared<PointCloud>(x, x);
  EXPECT_TRUE(fixed_support_barycentre(problem, until(1e-5, true)).converged());
}

TEST_F(FixedSupportTest, EmptyBinsAreExact) {
  const auto i = at::arange(20, at::kDouble);
  auto first = at::zeros({20}, at::kDouble);
  auto second = at::zeros({20}, at::kDouble);
  first[4] = 1;
  second[10] = 1;
  auto problem =
      barycentre_problem(std::make_shared<DenseCost>((i.unsqueeze(1) - i).square()), at::stack({first, second}), .01);
  const auto out = fixed_support_barycentre(problem, until(1e-12));
  EXPECT_TRUE(out.converged());
  EXPECT_NEAR(out.weights[7].item<double>(), 1, 1e-12);
  EXPECT_TRUE(at::isfinite(out.weights).all().item<bool>());
  EXPECT_EQ(out.g[0][5].item<double>(), -std::numeric_limits<double>::infinity());
}

TEST_F(FixedSupportTest, FarHistogramsAtSmallEpsilonStayFinite) {
  // exp(-C / eps) underflows between most bins: only the log domain survives.
  auto problem =
      barycentre_problem(std::make_shared<DenseCost>(line_cost()), at::stack({bins(10, 2), bins(90, 2)}), 1e-4);
  const auto out = fixed_support_barycentre(problem, until(1e-3, false, 20000));
  EXPECT_TRUE(out.converged()) << out.marginal_error;
  EXPECT_NEAR(mean(out.weights), 50, .01);
}

TEST_F(FixedSupportTest, LargeGridsAreNeverStored) {
  const auto axis = at::linspace(0, 1, 128, at::kDouble);
  const auto bump = [&](double at) { return at::exp(-(axis - at).square() / .005); };
  const auto histogram = [&](double row, double column) {
    const auto h = (bump(row).unsqueeze(1) * bump(column)).reshape({-1});
    return h / h.sum();
  };
  // 16384 x 16384 costs would take 2 GiB.
  const auto problem = barycentre_problem(std::make_shared<Grid>(Grid::from_coordinates({axis, axis})),
                                          at::stack({histogram(.3, .3), histogram(.7, .5)}), .01);
  const auto out = fixed_support_barycentre(problem, until(1e-4));
  EXPECT_TRUE(out.converged());
  const auto image = out.weights.reshape({128, 128});
  EXPECT_NEAR((image.sum(1) * axis).sum().item<double>(), .5, 1e-3);
  EXPECT_NEAR((image.sum(0) * axis).sum().item<double>(), .4, 1e-3);
}

RC_GTEST_PROP(FixedSupportProperty, ScalesWithMassAndFollowsTheOrderOfHistograms, ()) {
  const int n = *rc::gen::inRange(1, 9);
  const int count = *rc::gen::inRange(1, 5);
  std::vector<at::Tensor> histograms;
  std::vector<double> lambda;
  double sum = 0;
  for (int k = 0; k < count; ++k) {
    std::vector<double> h;
    for (int i = 0; i < n; ++i) h.push_back(*rc::gen::inRange(0, 20) + (i == k % n ? 1 : 0));
    histograms.push_back(tensor(h, {n}) / tensor(h, {n}).sum());
    lambda.push_back(*rc::gen::inRange(1, 10));
    sum += lambda.back();
  }
  for (double& weight : lambda) weight /= sum;
  const auto i = at::arange(n, at::kDouble);
  auto problem = barycentre_problem(std::make_shared<DenseCost>((i.unsqueeze(1) - i).square() / 10),
                                    at::stack(histograms), *rc::gen::element(.05, .5));
  problem.lambda = lambda;
  FixedSupportSettings settings;
  settings.threshold = 1e-9;
  const auto out = fixed_support_barycentre(problem, settings);
  RC_ASSERT(out.converged() == (out.marginal_error <= 1e-9));
  RC_ASSERT(std::abs(out.weights.sum().item<double>() - 1) < 1e-12);
  auto turned = problem;
  std::reverse(turned.histograms.begin(), turned.histograms.end());
  std::reverse(turned.lambda.begin(), turned.lambda.end());
  for (auto& h : turned.histograms) h = h * 3;
  const auto same = fixed_support_barycentre(turned, settings);
  RC_ASSERT(at::allclose(same.weights, 3 * out.weights, 1e-6, 1e-9));
}

}  // namespace brenier::ot
