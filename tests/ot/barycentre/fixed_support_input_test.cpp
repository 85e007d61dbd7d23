// Barycentres of histograms: what is said about bad input and about runs that did not converge.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/ot/barycentre/histogram_cases.h"

namespace brenier::ot {

class FixedSupportInputTest : public HistogramCases {};

TEST_F(FixedSupportInputTest, NoConvergenceIsSaid) {
  const auto cut = fixed_support_barycentre(case34(), until(1e-10, false, 5));
  EXPECT_EQ(cut.status, SinkhornStatus::kMaxIterations);
  EXPECT_EQ(cut.iterations, 5);
  EXPECT_EQ(cut.errors.size(), 5U);
  EXPECT_GT(cut.marginal_error, 1e-10);
  EXPECT_EQ(cut.marginal_error, cut.errors.back());
  auto stop = until(1e-10);
  Index calls = 0;
  stop.progress = [&](const BarycentreProgress& progress) {
    ++calls;
    EXPECT_EQ(progress.iteration, calls);
    return progress.iteration < 3;
  };
  const auto cancelled = fixed_support_barycentre(case34(), stop);
  EXPECT_EQ(cancelled.status, SinkhornStatus::kCancelled);
  EXPECT_EQ(cancelled.iterations, 3);
  // Below the rounding of float32 it stalls, and does not say converged.
  const auto rounded = fixed_support_barycentre(case34(at::kFloat), until(1e-14));
  EXPECT_EQ(rounded.status, SinkhornStatus::kStalled) << rounded.marginal_error;
  EXPECT_GT(rounded.marginal_error, 1e-14);
}

TEST_F(FixedSupportInputTest, BadLambda) {
  auto problem = case34();
  problem.lambda = {.5, .6};
  expect_refused(problem, ErrorKind::kUsage, "do not sum to 1");
  problem.lambda = {1.5, -.5};
  expect_refused(problem, ErrorKind::kUsage, "weight of a barycentre is out of range");
  problem.lambda = {1};
  expect_refused(problem, ErrorKind::kUsage, "one weight a measure");
  problem.lambda = {std::numeric_limits<double>::quiet_NaN(), 1};
  expect_refused(problem, ErrorKind::kUsage, "weight of a barycentre is out of range");
}

TEST_F(FixedSupportInputTest, BadHistograms) {
  const auto good = case34();
  const auto with = [&](const at::Tensor& second) {
    auto problem = good;
    problem.histograms[1] = second;
    return problem;
  };
  auto broken = bins(40, 10);
  broken[3] = std::numeric_limits<double>::quiet_NaN();
  expect_refused(with(broken), ErrorKind::kData, "histogram 1");
  broken = bins(40, 10);
  broken[3] = -1;
  expect_refused(with(broken), ErrorKind::kData, "negative");
  expect_refused(with(at::zeros({100}, at::kDouble)), ErrorKind::kData, "zero");
  expect_refused(with(bins(40, 10, 99)), ErrorKind::kData, "shape");
  expect_refused(with(bins(40, 10).to(at::kFloat)), ErrorKind::kData, "type");
  expect_refused(with(bins(40, 10) * 2), ErrorKind::kData, "different masses");
  expect_refused(with({}), ErrorKind::kData, "a histogram is missing");
  auto problem = good;
  problem.histograms.clear();
  expect_refused(problem, ErrorKind::kUsage, "needs histograms");
  expect_error(ErrorKind::kData, "histograms",
               [&] { (void)barycentre_problem(good.geometries[0], at::ones({2, 7}, at::kDouble), .1); });
}

TEST_F(FixedSupportInputTest, BadGeometries) {
  const auto good = case34();
  auto problem = good;
  problem.geometries.clear();
  expect_refused(problem, ErrorKind::kUsage, "one geometry");
  problem.geometries = {nullptr};
  expect_refused(problem, ErrorKind::kUsage, "no geometry");
  problem.geometries = {good.geometries[0], std::make_shared<DenseCost>(line_cost().slice(0, 0, 50))};
  expect_refused(problem, ErrorKind::kData, "different supports");
  problem = good;
  const auto skew = line_cost() + .01 * at::arange(100, at::kDouble) / 100;
  problem.self = std::make_shared<DenseCost>(skew);
  expect_refused(problem, ErrorKind::kData, "not symmetric", until(1e-5, true));
  problem.self = std::make_shared<DenseCost>(line_cost(50));
  expect_refused(problem, ErrorKind::kData, "against itself", until(1e-5, true));
}

TEST_F(FixedSupportInputTest, BadNumbers) {
  for (const double epsilon : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
    auto problem = case34();
    problem.epsilon = epsilon;
    expect_refused(problem, ErrorKind::kData, "epsilon is out of range");
  }
  expect_refused(case34(), ErrorKind::kUsage, "threshold", until(0));
  expect_refused(case34(), ErrorKind::kUsage, "needs iterations", until(1e-5, false, 0));
}

}  // namespace brenier::ot
