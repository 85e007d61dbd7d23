#include "models/nn/count_likelihood.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "models/nn/count_kernels.h"
#include "models/nn/initialise.h"
#include "tests/models/nn/finite_difference.h"

namespace brenier::models {
namespace count_likelihood_test {

struct Rows {
  at::Tensor counts;
  at::Tensor library;
  at::Tensor logits;
  at::Tensor log_dispersion;

  [[nodiscard]] Rows to(at::ScalarType dtype) const {
    return {counts.to(dtype), library.to(dtype), logits.to(dtype), log_dispersion.to(dtype)};
  }
  [[nodiscard]] LikelihoodTerms operator()(bool gradients) const {
    return negative_binomial(counts, library, logits, log_dispersion, gradients);
  }
};

// Counts around a mean of `level` a gene, half of them zero.
Rows random_rows(std::int64_t cells, std::int64_t genes, double level, double log_theta) {
  RandomStream stream(11, "counts");
  Rows rows;
  rows.counts = at::zeros({cells, genes}, at::kDouble);
  for (std::int64_t i = 0; i < cells * genes; ++i) {
    const double mean = stream.uniform() < 0.5 ? 0.0 : stream.gamma(1.0, 2 * level);
    rows.counts.view({-1})[i] = static_cast<double>(stream.poisson(mean));
  }
  rows.library = rows.counts.sum(1) + 1;
  rows.logits = normal_tensor(stream, {cells, genes}, 1.0, at::kDouble);
  rows.log_dispersion = log_theta + 0.5 * normal_tensor(stream, {genes}, 1.0, at::kDouble);
  return rows;
}

// The definition in long double, cell by cell.
at::Tensor formula(const Rows& rows) {
  auto out = at::zeros({rows.counts.size(0)}, at::kDouble);
  for (std::int64_t b = 0; b < rows.counts.size(0); ++b) {
    long double normaliser = 0;
    for (std::int64_t g = 0; g < rows.counts.size(1); ++g) {
      normaliser += std::exp(static_cast<long double>(rows.logits[b][g].item<double>()));
    }
    long double total = 0;
    for (std::int64_t g = 0; g < rows.counts.size(1); ++g) {
      const long double x = rows.counts[b][g].item<double>();
      const long double theta = std::exp(static_cast<long double>(rows.log_dispersion[g].item<double>()));
      const long double log_mu = std::log(static_cast<long double>(rows.library[b].item<double>())) +
                                 rows.logits[b][g].item<double>() - std::log(normaliser);
      const long double log_sum = std::log(theta + std::exp(log_mu));
      total += std::lgamma(x + theta) - std::lgamma(theta) - std::lgamma(x + 1) + theta * (std::log(theta) - log_sum) +
               x * (log_mu - log_sum);
    }
    out[b] = static_cast<double>(total);
  }
  return out;
}

// scipy 1.17.1: stats.nbinom.logpmf(x, theta, theta / (theta + mu)).
TEST(NegativeBinomial, ValuesAreThoseOfScipy) {
  const auto counts = at::tensor({0.0, 3.0, 17.0, 1200.0}, at::kDouble).view({1, 4});
  const auto library = at::tensor({1000.0}, at::kDouble);
  const auto logits = at::tensor({0.1, 0.2, 0.3, 0.4}, at::kDouble).log().view({1, 4});
  const auto theta = at::tensor({0.5, 2.0, 10.0, 3000.0}, at::kDouble).log();
  const double expected = -465.9367917710224;
  const auto found = negative_binomial(counts, library, logits, theta, false);
  EXPECT_NEAR(found.log_likelihood[0].item<double>(), expected, 1e-12 * std::abs(expected));
  EXPECT_FALSE(found.output_gradient.defined());
}

class NegativeBinomialRanges : public testing::TestWithParam<std::pair<double, double>> {};  // level, log theta

TEST_P(NegativeBinomialRanges, ValuesAreTheFormula) {
  const auto rows = random_rows(5, 37, GetParam().first, GetParam().second);
  EXPECT_LT(relative_difference(rows(true).log_likelihood, formula(rows)), 1e-11);
}

// Differences of the formula in long double: those of float64 values lose too many digits at large theta.
TEST_P(NegativeBinomialRanges, GradientsAreFiniteDifferences) {
  const auto rows = random_rows(3, 21, GetParam().first, GetParam().second);
  const auto terms = rows(true);
  const auto value = [&] { return formula(rows).sum().item<double>(); };
  EXPECT_LT(relative_difference(terms.output_gradient, finite_difference(value, rows.logits)), 1e-7);
  EXPECT_LT(relative_difference(terms.dispersion_gradient, finite_difference(value, rows.log_dispersion, 1e-4)), 1e-7);
}

TEST_P(NegativeBinomialRanges, Float32AgreesWithFloat64) {
  const auto rows = random_rows(40, 300, GetParam().first, GetParam().second).to(at::kFloat);
  const auto found = rows(true);
  const auto expected = rows.to(at::kDouble)(true);
  EXPECT_EQ(found.log_likelihood.scalar_type(), at::kDouble);
  EXPECT_LT(relative_difference(found.log_likelihood, expected.log_likelihood), 2e-6);
  EXPECT_LT(relative_difference(found.output_gradient.to(at::kDouble), expected.output_gradient), 2e-6);
  // At large theta counts cancel to what is left of them, x^2 / theta: so much is lost.
  const double scale = std::max(1.0, GetParam().first);
  EXPECT_LT((found.dispersion_gradient - expected.dispersion_gradient).abs().max().item<double>() /
                std::max(scale, expected.dispersion_gradient.abs().max().item<double>()),
            1e-5);
}

INSTANTIATE_TEST_SUITE_P(Ranges, NegativeBinomialRanges,
                         testing::Values(std::pair{1.0, 0.0}, std::pair{40.0, 0.0}, std::pair{40.0, -6.9},
                                         std::pair{5.0, 9.2}, std::pair{1e4, 1.0}));

TEST(NegativeBinomial, StaysFiniteAtTheEnds) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    for (const double log_theta : {-6.9, 9.2}) {
      Rows rows = random_rows(4, 64, 3.0, log_theta);
      rows.counts[0][5] = 1e5;
      rows.counts[1].zero_();
      rows.library = rows.counts.sum(1) + 1;
      rows.logits = 50 * rows.logits.sign();
      const auto terms = rows.to(dtype)(true);
      EXPECT_TRUE(terms.log_likelihood.isfinite().all().item<bool>());
      EXPECT_TRUE(terms.output_gradient.isfinite().all().item<bool>());
      EXPECT_TRUE(terms.dispersion_gradient.isfinite().all().item<bool>());
      EXPECT_LT(relative_difference(terms.log_likelihood, formula(rows)), dtype == at::kFloat ? 5e-6 : 1e-11);
    }
  }
}

TEST(NegativeBinomial, CountsNeedNotBeWhole) {
  auto rows = random_rows(3, 10, 4.0, 0.5);
  rows.counts = rows.counts + 0.25;
  EXPECT_LT(relative_difference(rows(false).log_likelihood, formula(rows)), 1e-12);
}

TEST(NegativeBinomial, NothingDependsOnTheThreadCountOrTheNeighbours) {
  const auto rows = random_rows(75, 130, 3.0, 0.5).to(at::kFloat);
  const int kept = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = rows(true);
  at::set_num_threads(3);
  const auto three = rows(true);
  at::set_num_threads(kept);
  EXPECT_TRUE(one.log_likelihood.equal(three.log_likelihood));
  EXPECT_TRUE(one.output_gradient.equal(three.output_gradient));
  EXPECT_TRUE(one.dispersion_gradient.equal(three.dispersion_gradient));
  const auto alone = negative_binomial(rows.counts.narrow(0, 20, 1), rows.library.narrow(0, 20, 1),
                                       rows.logits.narrow(0, 20, 1), rows.log_dispersion, false);
  EXPECT_EQ(alone.log_likelihood[0].item<double>(), one.log_likelihood[20].item<double>());
}

TEST(NegativeBinomial, IsPoissonWhenTheDispersionVanishes) {
  auto rows = random_rows(3, 20, 4.0, 0.0);
  rows.log_dispersion.fill_(std::log(1e9));
  const auto mean = rows.library.unsqueeze(1) * at::softmax(rows.logits, 1);
  const auto poisson = (rows.counts * mean.log() - mean - at::lgamma(rows.counts + 1)).sum(1);
  EXPECT_LT(relative_difference(rows(false).log_likelihood, poisson), 1e-6);
}

TEST(NegativeBinomialErrors, RefusesWhatDoesNotFit) {
  const auto good = random_rows(3, 10, 4.0, 0.5);
  const auto refused = [&](const auto& change) {
    Rows rows = good;
    change(rows);
    EXPECT_THROW((void)rows(true), Error);
  };
  refused([](Rows& rows) { rows.library = rows.library.narrow(0, 0, 2); });
  refused([](Rows& rows) { rows.logits = rows.logits.narrow(1, 0, 9); });
  refused([](Rows& rows) { rows.log_dispersion = rows.log_dispersion.narrow(0, 0, 9); });
  refused([](Rows& rows) { rows.counts = rows.counts.to(at::kLong); });
  refused([](Rows& rows) { rows.logits = rows.logits.to(at::kFloat); });
  refused([](Rows& rows) { rows.counts = rows.counts[0]; });
}

TEST(Gaussian, ValuesAndGradientsAreTheFormula) {
  RandomStream stream(4, "gaussian");
  const auto cells = normal_tensor(stream, {5, 19}, 1.0, at::kDouble);
  const auto mean = normal_tensor(stream, {5, 19}, 1.0, at::kDouble);
  const auto deviation = normal_tensor(stream, {19}, 0.5, at::kDouble);
  const auto terms = gaussian(cells, mean, deviation, true);
  const auto expected =
      (-0.5 * ((cells - mean) / deviation.exp()).square() - deviation - 0.5 * std::log(2 * std::acos(-1.0))).sum(1);
  EXPECT_LT(relative_difference(terms.log_likelihood, expected), 1e-14);
  const auto value = [&] { return gaussian(cells, mean, deviation, false).log_likelihood.sum().item<double>(); };
  EXPECT_LT(relative_difference(terms.output_gradient, finite_difference(value, mean)), 1e-7);
  EXPECT_LT(relative_difference(terms.dispersion_gradient, finite_difference(value, deviation)), 1e-7);
  const auto single = gaussian(cells.to(at::kFloat), mean.to(at::kFloat), deviation.to(at::kFloat), true);
  EXPECT_LT(relative_difference(single.log_likelihood, terms.log_likelihood), 1e-6);
  EXPECT_LT(relative_difference(single.output_gradient.to(at::kDouble), terms.output_gradient), 1e-6);
}

TEST(GaussianErrors, RefusesWhatDoesNotFit) {
  const auto cells = at::zeros({3, 4}, at::kDouble);
  EXPECT_THROW((void)gaussian(cells, at::zeros({3, 5}, at::kDouble), at::zeros({4}, at::kDouble), true), Error);
  EXPECT_THROW((void)gaussian(cells, cells, at::zeros({3}, at::kDouble), true), Error);
  EXPECT_THROW((void)gaussian(cells, cells.to(at::kFloat), at::zeros({4}, at::kDouble), true), Error);
}

TEST(CountKernels, LogGammaAndDigammaAreThoseOfTheLibrary) {
  std::vector<double> z;
  for (double value = 1e-4; value < 1e6; value *= 1.037) z.push_back(value);
  std::vector<double> found(z.size());
  std::vector<double> slope(z.size());
  counts::log_gamma(static_cast<counts::Index>(z.size()), z.data(), found.data(), slope.data());
  const auto digamma = at::digamma(at::tensor(z, at::kDouble));
  for (std::size_t k = 0; k < z.size(); ++k) {
    const double expected = static_cast<double>(std::lgamma(static_cast<long double>(z[k])));
    EXPECT_NEAR(found[k], expected, 1e-14 * std::max(10.0, std::abs(expected))) << z[k];
    const double derivative = digamma[static_cast<std::int64_t>(k)].item<double>();
    EXPECT_NEAR(slope[k], derivative, 1e-14 * std::max(10.0, std::abs(derivative))) << z[k];
  }
}

}  // namespace count_likelihood_test
}  // namespace brenier::models
