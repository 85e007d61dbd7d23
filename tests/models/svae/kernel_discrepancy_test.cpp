// The sum of Gaussian kernels against its definition, and its gradient against finite differences.
#include "models/svae/kernel_discrepancy.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace kernel_discrepancy_test {

at::Tensor cells(std::uint64_t seed, std::int64_t n, double scale) {
  RandomStream stream(seed, "cells");
  return normal_tensor(stream, {n, 4}, scale, at::kDouble);
}

double kernel(const at::Tensor& x, const at::Tensor& y, std::int64_t kernels, double sigma) {
  const double distance = (x - y).square().sum().item<double>();
  double sum = 0.0;
  for (std::int64_t r = 0; r < kernels; ++r) {
    sum += std::exp(-distance / (sigma * std::pow(2.0, static_cast<double>(r - kernels / 2))));
  }
  return sum;
}

double by_definition(const at::Tensor& x, const at::Tensor& y, std::int64_t kernels, double sigma) {
  const auto mean = [&](const at::Tensor& a, const at::Tensor& b) {
    double sum = 0.0;
    for (std::int64_t i = 0; i < a.size(0); ++i) {
      for (std::int64_t j = 0; j < b.size(0); ++j) sum += kernel(a[i], b[j], kernels, sigma);
    }
    return sum / static_cast<double>(a.size(0) * b.size(0));
  };
  return mean(x, x) + mean(y, y) - 2.0 * mean(x, y);
}

TEST(KernelDiscrepancy, IsTheDefinition) {
  const auto x = cells(1, 9, 3.0);
  const auto y = cells(2, 13, 2.0) + 1.0;
  for (const std::int64_t kernels : {1, 5, 10}) {
    for (const double sigma : {0.5, 1000.0}) {
      const auto value = kernel_discrepancy(x, y, {kernels, sigma}, false).value;
      EXPECT_NEAR(value, by_definition(x, y, kernels, sigma), 1e-12) << kernels << " " << sigma;
      EXPECT_NEAR(value, kernel_discrepancy(x + 1e5, y + 1e5, {kernels, sigma}, true).value, 1e-8);
      EXPECT_GE(value, 0.0);
    }
  }
}

TEST(KernelDiscrepancy, SigmaZeroIsTheMeanDistanceOfDifferentCells) {
  const auto x = cells(1, 5, 3.0);
  const auto y = cells(2, 7, 2.0);
  const auto all = at::cat({x, y});
  const double sigma = (all.unsqueeze(0) - all.unsqueeze(1)).square().sum().item<double>() / (12 * 11);
  EXPECT_NEAR(kernel_discrepancy(x, y, {5, 0.0}, false).value, by_definition(x, y, 5, sigma), 1e-12);
  EXPECT_EQ(kernel_discrepancy(at::ones({2, 3}), at::ones({2, 3}), {5, 0.0}, true).value, 0.0);
}

TEST(KernelDiscrepancy, GradientIsThatOfFiniteDifferences) {
  const auto x = cells(3, 6, 2.0);
  const auto y = cells(4, 8, 3.0);
  for (const double sigma : {1.0, 20.0, 1000.0}) {
    const KernelDiscrepancySettings settings{10, sigma};
    const auto gradient = kernel_discrepancy(x, y, settings, true).gradient;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      for (std::int64_t d = 0; d < x.size(1); ++d) {
        const double step = 1e-4;
        const auto moved = [&](double by) {
          auto other = x.clone();
          other[i][d] += by;
          return kernel_discrepancy(other, y, settings, false).value;
        };
        const double difference = (moved(step) - moved(-step)) / (2.0 * step);
        EXPECT_NEAR(gradient[i][d].item<double>(), difference, 1e-8) << sigma;
      }
    }
  }
}

TEST(KernelDiscrepancy, TheMeanOverGivenDistancesIsTheSame) {
  const auto x = cells(5, 300, 2.0);
  const auto distances = (x.unsqueeze(0) - x.unsqueeze(1)).square().sum(2);
  double sum = 0.0;
  for (std::int64_t i = 0; i < 300; ++i) sum += kernel(x[0], x[i], 10, 1000.0);
  EXPECT_NEAR(mean_kernel(distances[0].unsqueeze(0), {}), sum / 300.0, 1e-12);
}

TEST(KernelDiscrepancy, SamplesMustFit) {
  for (const auto& other : {at::zeros({3, 2}), at::zeros({0, 4}), at::zeros({4})}) {
    try {
      (void)kernel_discrepancy(at::zeros({3, 4}), other, {}, false);
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDefect);
    }
  }
}

}  // namespace kernel_discrepancy_test
}  // namespace brenier::models
