#include "core/random.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "core/error.h"

namespace brenier::tests {

struct Moments {
  double mean = 0.0;
  double variance = 0.0;
};

Moments moments(int n, const std::function<double()>& draw) {
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  return {mean, squares / n - mean * mean};
}

// Five standard errors: the mean of n draws has variance v/n, their variance (m4 - v^2)/n with fourth central moment
// m4.
void expect_moments(const std::function<double()>& draw, double mean, double variance, double fourth) {
  constexpr int kDraws = 200000;
  const Moments found = moments(kDraws, draw);
  EXPECT_NEAR(found.mean, mean, 5.0 * std::sqrt(variance / kDraws));
  EXPECT_NEAR(found.variance, variance, 5.0 * std::sqrt((fourth - variance * variance) / kDraws));
}

TEST(RandomStream, FirstValuesAreFixedForEver) {
  RandomStream stream(1, "test");
  EXPECT_EQ(stream.next(), 10626353613177111913ULL);
  EXPECT_EQ(stream.next(), 7427442679307229517ULL);
  EXPECT_EQ(RandomStream(0, "").next(), 968999591178511036ULL);
}

TEST(RandomStream, SameSeedAndNameSameValues) {
  RandomStream a(7, "batches");
  RandomStream b(7, "batches");
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.next(), b.next());
}

TEST(RandomStream, SeedsAndNamesMakeIndependentStreams) {
  // The correlation of n independent pairs of uniforms has standard deviation 1/sqrt(n).
  constexpr int kDraws = 100000;
  const auto correlation = [](RandomStream a, RandomStream b) {
    double sum = 0.0;
    for (int i = 0; i < kDraws; ++i) sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12.0;
    return sum / kDraws;
  };
  const double bound = 5.0 / std::sqrt(kDraws);
  EXPECT_LT(std::abs(correlation({1, "a"}, {1, "b"})), bound);
  EXPECT_LT(std::abs(correlation({1, "a"}, {2, "a"})), bound);
  EXPECT_LT(std::abs(correlation({0, "a"}, {1ULL << 63, "a"})), bound);
  RandomStream next_only(1, "a");
  next_only.next();
  EXPECT_LT(std::abs(correlation({1, "a"}, next_only)), bound);  // neighbours within one stream
}

TEST(RandomStream, CounterRestoresTheState) {
  RandomStream a(3, "x");
  for (int i = 0; i < 10; ++i) (void)a.normal();
  const std::uint64_t counter = a.counter();
  const double expected = a.gamma(0.3, 2.0);
  RandomStream b(3, "x");
  b.set_counter(counter);
  EXPECT_EQ(b.gamma(0.3, 2.0), expected);
}

TEST(RandomStream, UniformFillsItsIntervalEvenly) {
  RandomStream stream(1, "uniform");
  expect_moments([&] { return stream.uniform(); }, 0.5, 1.0 / 12.0, 1.0 / 80.0);
  expect_moments([&] { return stream.uniform(-2.0, 4.0); }, 1.0, 3.0, 1296.0 / 80.0);
  for (int i = 0; i < 10000; ++i) {
    const double x = stream.uniform();
    ASSERT_TRUE(x >= 0.0 && x < 1.0);
  }
}

TEST(RandomStream, NormalMoments) {
  RandomStream stream(1, "normal");
  expect_moments([&] { return stream.normal(); }, 0.0, 1.0, 3.0);
  // The third moment is 0 with variance 15/n, the tail beyond 3 has probability 0.0026998.
  constexpr int kDraws = 200000;
  double third = 0.0;
  int tail = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = stream.normal();
    third += x * x * x / kDraws;
    tail += std::abs(x) > 3.0 ? 1 : 0;
  }
  EXPECT_NEAR(third, 0.0, 5.0 * std::sqrt(15.0 / kDraws));
  EXPECT_NEAR(tail, 0.0026998 * kDraws, 5.0 * std::sqrt(0.0026998 * kDraws));
}

TEST(RandomStream, GammaMoments) {
  for (const double shape : {0.1, 0.7, 1.0, 3.5, 100.0}) {
    SCOPED_TRACE(shape);
    constexpr double kScale = 2.0;
    RandomStream stream(1, "gamma");
    expect_moments([&] { return stream.gamma(shape, kScale); }, shape * kScale, shape * kScale * kScale,
                   (3.0 * shape * shape + 6.0 * shape) * std::pow(kScale, 4));
  }
}

TEST(RandomStream, PoissonMoments) {
  for (const double mean : {0.05, 1.0, 8.0, 29.9, 30.1, 500.0, 1e6}) {
    SCOPED_TRACE(mean);
    RandomStream stream(1, "poisson");
    expect_moments([&] { return static_cast<double>(stream.poisson(mean)); }, mean, mean, mean + 3.0 * mean * mean);
  }
  EXPECT_EQ(RandomStream(1, "p").poisson(0.0), 0);
}

TEST(RandomStream, PoissonProbabilitiesOnBothSidesOfTheSwitch) {
  for (const double mean : {5.0, 40.0}) {
    constexpr int kDraws = 200000;
    RandomStream stream(2, "poisson");
    std::vector<int> counts(200, 0);
    for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(stream.poisson(mean))];
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const auto value = static_cast<double>(k);
      const double p = std::exp(value * std::log(mean) - mean - std::lgamma(value + 1.0));
      if (p * kDraws < 10.0) continue;  // where a normal error is no fair bound
      EXPECT_NEAR(counts[k], p * kDraws, 5.0 * std::sqrt(p * kDraws)) << "mean " << mean << ", value " << k;
    }
  }
}

TEST(RandomStream, BelowIsEven) {
  RandomStream stream(1, "below");
  constexpr int kDraws = 70000;
  std::array<int, 7> counts{};
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(stream.below(7))];
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 7.0, 5.0 * std::sqrt(kDraws / 7.0));
  EXPECT_EQ(stream.below(1), 0);
  const std::int64_t large = stream.below(std::numeric_limits<std::int64_t>::max());
  EXPECT_GE(large, 0);
}

TEST(RandomStream, EveryPermutationIsEquallyLikely) {
  RandomStream stream(1, "permutation");
  constexpr int kDraws = 60000;
  std::map<std::vector<std::int64_t>, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[stream.permutation(3)];
  ASSERT_EQ(counts.size(), 6U);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, kDraws / 6.0, 5.0 * std::sqrt(kDraws / 6.0));
}

RC_GTEST_PROP(RandomStream, PermutationHasEveryValueOnce, (std::uint64_t seed)) {
  const auto n = *rc::gen::inRange<std::int64_t>(0, 200);
  auto order = RandomStream(seed, "p").permutation(n);
  std::sort(order.begin(), order.end());
  RC_ASSERT(order.size() == static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) RC_ASSERT(order[static_cast<std::size_t>(i)] == i);
}

RC_GTEST_PROP(RandomStream, SampleIsDistinctAndInside, (std::uint64_t seed)) {
  const auto n = *rc::gen::inRange<std::int64_t>(0, 200);
  const auto k = *rc::gen::inRange<std::int64_t>(0, n + 1);
  const auto chosen = RandomStream(seed, "s").sample(n, k);
  const std::set<std::int64_t> distinct(chosen.begin(), chosen.end());
  RC_ASSERT(distinct.size() == static_cast<std::size_t>(k));
  for (const std::int64_t value : chosen) RC_ASSERT(value >= 0 && value < n);
}

TEST(RandomStream, ParametersOutsideTheirRangeThrow) {
  RandomStream stream(1, "bad");
  const double nan = std::nan("");
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double mean : {-1.0, nan, infinite, 1e16}) EXPECT_THROW((void)stream.poisson(mean), Error);
  for (const double shape : {-1.0, 0.0, nan, infinite}) {
    EXPECT_THROW((void)stream.gamma(shape, 1.0), Error);
    EXPECT_THROW((void)stream.gamma(1.0, shape), Error);
  }
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}}) EXPECT_THROW((void)stream.below(n), Error);
  EXPECT_THROW((void)stream.permutation(-1), Error);
  EXPECT_THROW((void)stream.sample(3, 4), Error);
  EXPECT_THROW((void)stream.sample(3, -1), Error);
}

}  // namespace brenier::tests
