#include "models/svae/mask_sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace brenier::models {
namespace mask_sampling_test {

constexpr int kPoints = 200000;

// The mean of f over u in (0, 1), by midpoints.
template <class F>
double mean_over_uniform(F f) {
  double sum = 0.0;
  for (int i = 0; i < kPoints; ++i) sum += f((i + 0.5) / kPoints);
  return sum / kPoints;
}

double relaxed(double logit, double u, double temperature) {
  return sigmoid((logit + std::log(u) - std::log1p(-u)) / temperature);
}

}  // namespace mask_sampling_test

TEST(MaskSampling, IsOneWithTheProbabilityOfItsLogit) {
  for (const double logit : {-3.0, -0.5, 0.0, 2.0, 5.0}) {
    for (const double temperature : {0.5, 1.0, 2.0}) {
      const double share = mask_sampling_test::mean_over_uniform(
          [&](double u) { return draw_mask(std::exp(logit), u, 1 / temperature).value; });
      EXPECT_NEAR(share, sigmoid(logit), 1e-5) << logit << " " << temperature;
    }
  }
}

TEST(MaskSampling, SlopeIsOnAverageTheDerivativeOfTheRelaxedMean) {
  for (const double logit : {-2.0, 0.3, 4.0}) {
    for (const double temperature : {0.3, 1.0, 3.0}) {
      const double slope = mask_sampling_test::mean_over_uniform(
          [&](double u) { return draw_mask(std::exp(logit), u, 1 / temperature).slope; });
      const auto mean = [&](double at) {
        return mask_sampling_test::mean_over_uniform(
            [&](double u) { return mask_sampling_test::relaxed(at, u, temperature); });
      };
      EXPECT_NEAR(slope, (mean(logit + 1e-4) - mean(logit - 1e-4)) / 2e-4, 1e-7) << logit << " " << temperature;
    }
  }
}

// Over the two values of a mask, the derivative of the mean is p (1 - p) (f(1) - f(0)): the limit of low temperatures.
TEST(MaskSampling, SlopeApproachesEnumerationAsTheTemperatureFalls) {
  for (const double logit : {-1.0, 0.0, 1.5}) {
    const double p = sigmoid(logit);
    double previous = 1.0;
    for (const double temperature : {1.0, 0.5, 0.1, 0.02}) {
      const double error = std::fabs(mask_sampling_test::mean_over_uniform([&](double u) {
                                       return draw_mask(std::exp(logit), u, 1 / temperature).slope;
                                     }) -
                                     p * (1 - p));
      EXPECT_LT(error, previous);
      previous = error;
    }
    EXPECT_LT(previous, 2e-4);
  }
}

TEST(MaskSampling, StaysFiniteForExtremeLogits) {
  for (const double odds : {std::exp(-700.0), std::exp(700.0), std::numeric_limits<double>::infinity()}) {
    for (const double u : {0.0, 0.5, 1 - 0x1p-53}) {
      const auto drawn = draw_mask(odds, u, 1.0);
      if (u > 0) {
        EXPECT_EQ(drawn.value, odds > 1 ? 1.0 : 0.0);
      }
      EXPECT_TRUE(std::isfinite(drawn.slope));
      EXPECT_GE(drawn.slope, 0.0);
    }
  }
}

TEST(MaskPenalty, IsTheLogDensityOfABeta) {
  for (const double logit : {-4.0, 0.0, 3.0}) {
    for (const double gamma : {1.0, 2.0, 100.0}) {
      const double p = sigmoid(logit);
      const double log_density =
          std::lgamma(1 + gamma) - std::lgamma(1.0) - std::lgamma(gamma) + (gamma - 1) * std::log(1 - p);
      EXPECT_NEAR(beta_penalty(logit, gamma).value, -log_density, 1e-10 * (1 + std::fabs(log_density)));
      const double slope = (beta_penalty(logit + 1e-5, gamma).value - beta_penalty(logit - 1e-5, gamma).value) / 2e-5;
      EXPECT_NEAR(beta_penalty(logit, gamma).slope, slope, 1e-6 * gamma);
    }
  }
  EXPECT_EQ(beta_penalty(2.0, 1.0).slope, 0.0);
  EXPECT_TRUE(std::isfinite(beta_penalty(800.0, 100.0).value));
}

TEST(MaskPenalty, BernoulliDivergenceIsTheSumOverBothValues) {
  for (const double logit : {-6.0, 0.0, 2.5}) {
    for (const double prior : {0.01, 0.5, 0.9}) {
      const double p = sigmoid(logit);
      const double sum = p * std::log(p / prior) + (1 - p) * std::log((1 - p) / (1 - prior));
      EXPECT_NEAR(bernoulli_divergence(logit, prior).value, sum, 1e-12);
      const double slope =
          (bernoulli_divergence(logit + 1e-5, prior).value - bernoulli_divergence(logit - 1e-5, prior).value) / 2e-5;
      EXPECT_NEAR(bernoulli_divergence(logit, prior).slope, slope, 1e-8);
    }
  }
}

}  // namespace brenier::models
