// Closed forms of Gaussians: properties, degenerate covariances and bad input. Values: tests/ot/closed_form_test.cpp.
#include "ot/gaussian/bures.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "core/error.h"
#include "core/random.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::bures_test {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// F F^T with F [d, rank] of normal numbers.
at::Tensor covariance(RandomStream& random, std::int64_t d, std::int64_t rank) {
  std::vector<double> values;
  for (std::int64_t k = 0; k < d * rank; ++k) values.push_back(random.normal());
  const auto factor = tensor(values, {d, rank});
  return factor.mm(factor.t());
}

at::Tensor diagonal(double first, double second) { return tensor({first, 0, 0, second}, {2, 2}); }
at::Tensor identity(std::int64_t d) { return at::eye(d, at::kDouble); }
at::Tensor vector(double first, double second) { return tensor({first, second}, {2}); }

double norm_of(const at::Tensor& matrix) { return matrix.norm().item<double>(); }
double trace_of(const at::Tensor& matrix) { return matrix.trace().item<double>(); }

// The message of the Error of this kind that `act` throws.
template <class Act>
std::string error_of(ErrorKind kind, Act&& act) {
  try {
    std::ignore = act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "nothing was thrown";
}

// Every entry refuses these covariances with that text.
void expect_refusal(const at::Tensor& first, const at::Tensor& second, const std::string& text) {
  const auto mean = [](const at::Tensor& A) { return at::zeros({A.dim() == 2 ? A.size(0) : 1}, at::kDouble); };
  for (const auto& message :
       {error_of(ErrorKind::kData, [&] { return bures_squared(first, second); }),
        error_of(ErrorKind::kData, [&] { return gaussian_map(first, second); }), error_of(ErrorKind::kData, [&] {
          return gaussian_w2_squared({mean(first), first}, {mean(second), second});
        })}) {
    EXPECT_NE(message.find(text), std::string::npos) << message;
  }
}

RC_GTEST_PROP(Bures, TheMapCarriesOneCovarianceToTheOther, (std::uint64_t seed)) {
  RandomStream random(seed, "tests/ot/gaussian");
  const auto d = 1 + random.below(6);
  const auto A = covariance(random, d, d + 2);
  const auto B = covariance(random, d, d + 2);
  const auto T = gaussian_map(A, B);
  RC_ASSERT(norm_of(T - T.t()) <= 1e-9 * norm_of(T));
  RC_ASSERT(norm_of(T.mm(A).mm(T) - B) <= 1e-8 * norm_of(B));
  // |x - T x|^2 on average is the distance: the map is optimal.
  const auto step = T - identity(d);
  const double distance = bures_squared(A, B);
  RC_ASSERT(std::abs(trace_of(step.mm(A).mm(step)) - distance) <= 1e-8 * (trace_of(A) + trace_of(B)));
  RC_ASSERT(std::abs(bures_squared(B, A) - distance) <= 1e-10 * (trace_of(A) + trace_of(B)));
  RC_ASSERT(bures_squared(A, A) <= 1e-10 * trace_of(A));
}

RC_GTEST_PROP(Bures, TheEntropicValueGrowsFromTheDistanceToTheProduct, (std::uint64_t seed)) {
  RandomStream random(seed, "tests/ot/gaussian");
  const auto d = 1 + random.below(4);
  const GaussianMeasure p{at::full({d}, .3, at::kDouble), covariance(random, d, d)};
  const GaussianMeasure q{at::full({d}, -.4, at::kDouble), covariance(random, d, 1)};  // a line
  const double exact = gaussian_w2_squared(p, q);
  const double product =
      norm_of(p.mean - q.mean) * norm_of(p.mean - q.mean) + trace_of(p.covariance) + trace_of(q.covariance);
  double before = exact;
  for (const double epsilon : {1e-12, 1e-3, .1, 1., 10., 1e6}) {
    const double value = gaussian_entropic_value(p, q, epsilon);
    RC_ASSERT(value >= before - 1e-10 * product);
    RC_ASSERT(value <= product * (1 + 1e-12));
    RC_ASSERT(gaussian_divergence(p, q, epsilon) >= -1e-10 * product);
    before = value;
  }
  RC_ASSERT(std::abs(gaussian_entropic_value(p, q, 1e-12) - exact) <= 1e-6 * product);
  RC_ASSERT(std::abs(before - product) <= 1e-3 * product);
  RC_ASSERT(std::abs(gaussian_divergence(p, p, .5)) <= 1e-12 * product);
}

TEST(Bures, CommutingCovariancesAreRoots) {
  const auto A = diagonal(4, .25);
  const auto B = diagonal(1, 9);
  EXPECT_NEAR(bures_squared(A, B), 1 + 6.25, 1e-13);
  EXPECT_NEAR(norm_of(gaussian_map(A, B) - diagonal(.5, 6)), 0, 1e-13);
  // With entropy the map is the regression of the plan: its covariance h(u) / a, h(u) = ((4 u + s^2)^1/2 - s) / 2.
  const double s = .15;
  const auto slope = [&](double u, double a) { return (std::sqrt(4 * u + s * s) - s) / 2 / a; };
  EXPECT_NEAR(norm_of(gaussian_map(A, B, .3) - diagonal(slope(4, 4), slope(2.25, .25))), 0, 1e-13);
  // float32 in, float32 out.
  const auto narrow = gaussian_map(A.to(at::kFloat), B.to(at::kFloat));
  EXPECT_EQ(narrow.scalar_type(), at::kFloat);
  EXPECT_NEAR(norm_of(narrow.to(at::kDouble) - diagonal(.5, 6)), 0, 1e-6);
}

TEST(Bures, DegenerateCovariances) {
  const auto zero = diagonal(0, 0);
  const auto line = diagonal(4, 0);
  EXPECT_EQ(bures_squared(zero, zero), 0);
  EXPECT_NEAR(bures_squared(zero, line), 4, 1e-14);
  EXPECT_NEAR(bures_squared(line, diagonal(1, 0)), 1, 1e-13);
  EXPECT_NEAR(gaussian_w2_squared({vector(0, 0), zero}, {vector(3, 4), zero}), 25, 1e-14);
  EXPECT_EQ(norm_of(gaussian_map(zero, zero)), 0);
  EXPECT_NEAR(norm_of(gaussian_map(line, diagonal(1, 0)) - diagonal(.5, 0)), 0, 1e-13);
  // A point's only plan is the product: entropy costs nothing.
  EXPECT_NEAR(gaussian_entropic_value({vector(0, 0), zero}, {vector(0, 0), line}, .7), 4, 1e-14);
}

TEST(GaussianMeasure, MomentsOfWeightedPoints) {
  const auto points = tensor({0, 0, 2, 0, 0, 2, 100, 100}, {4, 2});
  const auto measure = gaussian_of_points(points, tensor({2, 1, 1, 0}, {4}));
  EXPECT_NEAR(norm_of(measure.mean - vector(.5, .5)), 0, 1e-15);
  EXPECT_NEAR(norm_of(measure.covariance - tensor({.75, -.25, -.25, .75}, {2, 2})), 0, 1e-15);
  check_gaussian(measure, "p");
  const auto equal = gaussian_of_points(points.slice(0, 0, 3).to(at::kFloat));
  EXPECT_NEAR(norm_of(equal.mean - vector(2. / 3, 2. / 3)), 0, 1e-15);
  EXPECT_NEAR(norm_of(equal.covariance - tensor({8. / 9, -4. / 9, -4. / 9, 8. / 9}, {2, 2})), 0, 1e-15);

  const auto expect = [&](const at::Tensor& given, const at::Tensor& weights, const std::string& text) {
    const auto message = error_of(ErrorKind::kData, [&] { return gaussian_of_points(given, weights).mean; });
    EXPECT_NE(message.find(text), std::string::npos) << message;
  };
  expect(points, vector(1, 1), "[4]");
  expect(points, tensor({1, 1, -1, 1}, {4}), "weights[2]");
  expect(points, tensor({1, kNan, 1, 1}, {4}), "weights[1]");
  expect(points, at::zeros({4}, at::kDouble), "all weights");
  expect(points / 0., {}, "not finite");
  expect(points[0], {}, "[N, D]");
  expect(points.slice(0, 0, 0), {}, "no points");
}

TEST(Bures, RefusesBadInputWithOneClearError) {
  const auto good = identity(2);
  const auto expect = [&](const at::Tensor& bad, const std::string& text) {
    expect_refusal(bad, good, text);
    expect_refusal(good, bad, text);
  };
  expect(at::zeros({2, 3}, at::kDouble), "[D, D]");
  expect(at::zeros({2}, at::kDouble), "[D, D]");
  expect(at::zeros({0, 0}, at::kDouble), "has no rows");
  expect(good.to(at::kLong), "float");
  auto bad = good.clone();
  bad[1][0] = kNan;
  expect(bad, "not finite");
  bad[1][0] = kInfinity;
  expect(bad, "not finite");
  bad[1][0] = .5;
  expect(bad, "not symmetric");
  bad[0][1] = .5 + 1e-12;  // rounding
  EXPECT_NO_THROW(std::ignore = bures_squared(bad, bad));
  bad[0][1] = bad[1][0] = 2;
  expect(bad, "not positive semi-definite");
  expect(diagonal(1, -1e-6), "not positive semi-definite");
  EXPECT_NO_THROW(std::ignore = bures_squared(diagonal(1, -1e-12), diagonal(1, 1)));
  expect(identity(3), "different dimensions");

  const GaussianMeasure standard{vector(0, 0), good};
  const auto value = [&](const at::Tensor& mean) {
    return error_of(ErrorKind::kData, [&] { return gaussian_entropic_value(standard, {mean, good}, .1); });
  };
  EXPECT_NE(value(at::zeros({3}, at::kDouble)).find("the mean of the second Gaussian"), std::string::npos);
  EXPECT_NE(value(vector(0, kNan)).find("not finite"), std::string::npos);
  for (const double epsilon : {-1., kNan, kInfinity}) {
    const auto message =
        error_of(ErrorKind::kUsage, [&] { return gaussian_entropic_value(standard, standard, epsilon); });
    EXPECT_NE(message.find("epsilon"), std::string::npos) << message;
    EXPECT_THROW(std::ignore = gaussian_map(good, good, epsilon), Error);
  }
}

}  // namespace brenier::ot::bures_test
