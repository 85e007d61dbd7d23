// Set-ups that the tests of histogram barycentres share: golden case 34 on bins, the 8 x 8 grid of pot.json, errors.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "ot/barycentre/fixed_support.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/grid.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

class HistogramCases : public testing::Test {
 protected:
  static at::Tensor bins(double mean, double deviation, std::int64_t count = 100) {
    const auto h = at::exp(-(at::arange(count, at::kDouble) - mean).square() / (2 * deviation * deviation));
    return h / h.sum();
  }
  static at::Tensor line_cost(std::int64_t count = 100) {
    const auto i = at::arange(count, at::kDouble);
    return (i.unsqueeze(1) - i).square() / static_cast<double>((count - 1) * (count - 1));
  }
  // Case 34: N(30, 10) and N(40, 10) on 100 bins.
  static FixedSupportProblem case34(at::ScalarType type = at::kDouble) {
    return barycentre_problem(std::make_shared<DenseCost>(line_cost().to(type)),
                              at::stack({bins(30, 10), bins(40, 10)}).to(type), 1e-2);
  }
  // The 8 x 8 grid with three histograms of pot.json.
  static FixedSupportProblem square(double epsilon) {
    const auto axis = at::arange(8, at::kDouble) / 7;
    std::vector<at::Tensor> histograms;
    for (const int prime : {2, 3, 5}) {
      std::vector<double> h;
      for (int k = 0; k < 64; ++k) h.push_back(.05 + golden_fraction(k, prime));
      histograms.push_back(tensor(h, {64}) / tensor(h, {64}).sum());
    }
    auto problem = barycentre_problem(std::make_shared<Grid>(Grid::from_coordinates({axis, axis})),
                                      at::stack(histograms), epsilon);
    problem.lambda = {.5, .3, .2};
    return problem;
  }
  static FixedSupportSettings until(double threshold, bool debiased = false, Index max_iterations = 10000) {
    FixedSupportSettings settings;
    settings.threshold = threshold;
    settings.debiased = debiased;
    settings.max_iterations = max_iterations;
    return settings;
  }
  static double mean(const at::Tensor& weights) {
    return (weights * at::arange(weights.size(0), at::kDouble)).sum().item<double>();
  }
  static double variance(const at::Tensor& weights) {
    return (weights * (at::arange(weights.size(0), at::kDouble) - mean(weights)).square()).sum().item<double>();
  }
  static double largest(const at::Tensor& values) { return values.abs().max().item<double>(); }
  static void expect_error(ErrorKind kind, const std::string& message, const std::function<void()>& call) {
    try {
      call();
      FAIL() << "no error, expected: " << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
  static void expect_refused(const FixedSupportProblem& problem, ErrorKind kind, const std::string& message,
                             const FixedSupportSettings& settings = {}) {
    expect_error(kind, message, [&] { (void)fixed_support_barycentre(problem, settings); });
  }
};

}  // namespace brenier::ot
