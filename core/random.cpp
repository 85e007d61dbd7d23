#include "core/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier {
namespace random_detail {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

// A parameter outside its range would end in an endless loop or undefined behaviour.
void check(bool ok, const char* what, double found, const char* expected) {
  if (!ok) throw Error(ErrorKind::kDefect, what).found(number_text(found)).expected(expected);
}

}  // namespace random_detail

RandomStream::RandomStream(std::uint64_t seed, std::string_view name)
    : key_(random_detail::mix(random_detail::mix(seed + random_detail::kGolden) ^ random_detail::fnv1a(name))) {}

std::uint64_t RandomStream::next() { return random_detail::mix(key_ + random_detail::kGolden * ++counter_); }

double RandomStream::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

double RandomStream::uniform(double low, double high) { return low + (high - low) * uniform(); }

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double RandomStream::gamma(double shape, double scale) {
  random_detail::check(shape > 0.0 && std::isfinite(shape), "the shape of a gamma variate", shape, "a number > 0");
  random_detail::check(scale > 0.0 && std::isfinite(scale), "the scale of a gamma variate", scale, "a number > 0");
  if (shape < 1.0) {  // boost: Gamma(a) = Gamma(a + 1) U^(1/a)
    const double u = 1.0 - uniform();
    return gamma(shape + 1.0, scale) * std::pow(u, 1.0 / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
    if (v <= 0.0) continue;
    if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v * scale;
  }
}

std::int64_t RandomStream::poisson(double mean) {
  random_detail::check(mean >= 0.0 && mean <= 1e15, "the mean of a Poisson variate", mean, "a number in [0, 1e15]");
  if (mean == 0.0) return 0;
  if (mean < 30.0) {
    const double limit = std::exp(-mean);
    std::int64_t k = 0;
    for (double p = uniform(); p > limit; p *= uniform()) ++k;
    return k;
  }
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2.0);
  for (;;) {
    const double u = uniform() - 0.5;
    const double v = 1.0 - uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return static_cast<std::int64_t>(k);
    if (k < 0.0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= k * std::log(mean) - mean - std::lgamma(k + 1.0)) {
      return static_cast<std::int64_t>(k);
    }
  }
}

std::int64_t RandomStream::below(std::int64_t n) {
  random_detail::check(n > 0, "the bound of a uniform whole number", static_cast<double>(n), "a number > 0");
  const auto range = static_cast<std::uint64_t>(n);
  const std::uint64_t reject_below = (0 - range) % range;  // 2^64 mod n
  for (;;) {
    const std::uint64_t value = next();
    if (value >= reject_below) return static_cast<std::int64_t>(value % range);
  }
}

std::vector<std::int64_t> RandomStream::permutation(std::int64_t n) { return sample(n, n); }

std::vector<std::int64_t> RandomStream::sample(std::int64_t n, std::int64_t k) {
  random_detail::check(n >= 0, "the number of values to draw from", static_cast<double>(n), "a number >= 0");
  random_detail::check(k >= 0 && k <= n, "the number of values to draw", static_cast<double>(k),
                       "a number from 0 to all");
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = 0; i < k; ++i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(i + below(n - i))]);
  }
  order.resize(static_cast<std::size_t>(k));
  return order;
}

}  // namespace brenier
