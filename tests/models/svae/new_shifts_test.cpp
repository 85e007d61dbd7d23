#include "models/svae/new_shifts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

namespace brenier::models {
namespace new_shifts_test {

at::Tensor table(const std::vector<double>& values, std::int64_t columns) {
  return at::tensor(values, at::kDouble).view({-1, columns});
}

double density(double x, double variance) { return std::exp(-x * x / (2 * variance)) / std::sqrt(2 * M_PI * variance); }

// E[v] under the mixture and exp(b v - g v^2 / 2), by the trapezoidal rule.
double integrated(double g, double b, const ShiftPrior& prior) {
  double mass = 0.0;
  double first = 0.0;
  for (int i = -40000; i <= 40000; ++i) {
    const double v = i * 5e-4;
    const double weight = (prior.often * density(v, prior.large) + (1 - prior.often) * density(v, prior.small)) *
                          std::exp(b * v - g * v * v / 2);
    mass += weight;
    first += weight * v;
  }
  return first / mass;
}

}  // namespace new_shifts_test

TEST(NewShifts, AreThePosteriorMeansOfTheMixture) {
  namespace helpers = new_shifts_test;
  const ShiftPrior prior{0.15, 9.0, 0.02};
  for (const double cells : {1.0, 5.0, 40.0}) {
    for (const double mean : {-2.0, -0.5, 0.1, 1.0, 4.0}) {
      const auto found = new_shifts(helpers::table({cells}, 1), helpers::table({cells * mean}, 1), prior);
      EXPECT_NEAR(found.item<double>(), helpers::integrated(cells, cells * mean, prior), 1e-6) << cells << " " << mean;
    }
  }
}

TEST(NewShifts, CellsThatVaryLessTellMore) {
  namespace helpers = new_shifts_test;
  const ShiftPrior prior{0.15, 9.0, 0.02, 0.25};
  const ShiftPrior plain{0.15, 9.0, 0.02};
  EXPECT_NEAR(new_shifts(helpers::table({3.0}, 1), helpers::table({2.1}, 1), prior).item<double>(),
              new_shifts(helpers::table({12.0}, 1), helpers::table({8.4}, 1), plain).item<double>(), 1e-12);
}

TEST(NewShifts, ManyCellsSpeakForThemselves) {
  namespace helpers = new_shifts_test;
  const auto gram = helpers::table({5e7, 1e7, 1e7, 3e7}, 2);
  const auto shifts = helpers::table({1.0, -0.3, 0.2, 2.0, 0.0, -1.0}, 3);
  for (const auto& prior : {ShiftPrior{0.1, 4.0, 0.01}, ShiftPrior{}}) {
    EXPECT_TRUE(at::allclose(new_shifts(gram, gram.matmul(shifts), prior), shifts, 1e-4, 1e-5));
  }
}

TEST(NewShifts, WithoutCellsThereIsNone) {
  namespace helpers = new_shifts_test;
  const auto gram = helpers::table({0.0, 0.0, 0.0, 3.0}, 2);
  const auto found = new_shifts(gram, helpers::table({0.0, 6.0}, 1), {1.0, 2.0, 0.0});
  EXPECT_EQ(found[0].item<double>(), 0.0);
  EXPECT_NEAR(found[1].item<double>(), 6.0 / (3.0 + 0.5), 1e-12);
}

// Two actions that are seen together and one of them alone as well: the Gaussian posterior, in closed form.
TEST(NewShifts, OfActionsThatShareContexts) {
  namespace helpers = new_shifts_test;
  const auto gram = helpers::table({30.0, 10.0, 10.0, 10.0}, 2);
  const auto moment = helpers::table({40.0, 5.0, 12.0, -3.0}, 2);
  const double large = 0.7;
  const auto exact = at::linalg_solve(gram + at::eye(2, at::kDouble) / large, moment);
  EXPECT_TRUE(at::allclose(new_shifts(gram, moment, {1.0, large, 0.0}), exact, 1e-8, 1e-8));
}

// Nothing tells the two apart: together they have what one action would have that moves as far as both.
TEST(NewShifts, OfActionsThatAreOnlySeenTogether) {
  namespace helpers = new_shifts_test;
  const double cells = 125.0;
  const double mean = 3.0;
  const auto gram = at::full({2, 2}, cells, at::kDouble);
  const auto moment = at::full({2, 1}, cells * mean, at::kDouble);
  const double large = 17.0;
  const double sum = new_shifts(gram, moment, {1.0, large, 0.0}).sum().item<double>();
  EXPECT_NEAR(sum, cells * mean / (cells + 1.0 / (2.0 * large)), 1e-6);
  EXPECT_NEAR(new_shifts(gram, moment, {0.13, large, 0.05}).sum().item<double>(), mean, 0.01);
}

// What it is for: from five cells of an action that moves two of fifteen latents, a much smaller error than the mean.
TEST(NewShifts, FewCellsOfASparseActionAreEnough) {
  namespace helpers = new_shifts_test;
  RandomStream stream(3, "few");
  const double cells = 5.0;
  double plain = 0.0;
  double sparse = 0.0;
  for (int trial = 0; trial < 200; ++trial) {
    auto truth = at::zeros({1, 15}, at::kDouble);
    for (const auto j : stream.sample(15, 2)) truth[0][j] = stream.uniform() < 0.5 ? -4.0 : 4.0;
    auto mean = truth.clone();
    for (std::int64_t j = 0; j < 15; ++j) mean[0][j] += stream.normal() / std::sqrt(cells);
    const auto found = new_shifts(helpers::table({cells}, 1), cells * mean, {2.0 / 15.0, 16.0, 0.0});
    plain += (mean - truth).square().sum().item<double>();
    sparse += (found - truth).square().sum().item<double>();
  }
  EXPECT_LT(sparse, 0.3 * plain);
}

}  // namespace brenier::models
