// The Monge gap: never negative, 0 for optimal maps up to entropy, gradients, bad input.
#include "ot/divergence/monge_gap.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/random.h"
#include "ot/cost/custom_cost.h"
#include "ot/exact/exact_transport.h"
#include "ot/plan/plan.h"
#include "tests/ot/exact/difference.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot::monge_gap_test {

at::Tensor normal(Index n, Index d, RandomStream& random) {
  std::vector<double> values;
  for (Index k = 0; k < n * d; ++k) values.push_back(random.normal());
  return tensor(values, {n, d});
}

MongeGapSettings at_epsilon(double epsilon, const std::string& cost = "sqeuclidean") {
  MongeGapSettings settings;
  settings.cost = cost_by_name(cost);
  settings.epsilon = epsilon;
  settings.sinkhorn.threshold = 1e-12;
  settings.sinkhorn.max_iterations = 100000;
  return settings;
}

double entropy(const at::Tensor& a) { return -at::xlogy(a, a).sum().item<double>(); }

RC_GTEST_PROP(MongeGap, IsNeverNegativeAndNearTheGapWithoutEntropy, (std::uint64_t seed)) {
  RandomStream random(seed, "tests/ot/monge_gap");
  const Index n = 1 + random.below(12);
  const auto x = normal(n, 2, random);
  const auto mapped = random.below(2) == 0 ? x * 1.3 : normal(n, 2, random);
  auto a = normal(n, 1, random).reshape({n}).abs() + .01;
  a = a / a.sum();
  const double epsilon = std::pow(10, random.uniform(-2, 1));
  auto settings = at_epsilon(epsilon, random.below(2) == 0 ? "sqeuclidean" : "euclidean");
  settings.sinkhorn.threshold = 1e-9;
  const auto out = monge_gap(x, mapped, a, settings);
  RC_ASSERT(out.status() == SinkhornStatus::kConverged);
  const auto cost = cost_matrix(settings.cost, x, mapped);
  const double displacement = (a * cost.diagonal()).sum().item<double>();
  RC_ASSERT(std::abs(out.displacement.item<double>() - displacement) <= 1e-12);
  const double exact = displacement - exact_transport(cost, a, a).value.item<double>();
  RC_ASSERT(out.value.item<double>() >= exact - 1e-9);
  RC_ASSERT(out.value.item<double>() <= exact + epsilon * entropy(a) + 1e-9);
  // Stopped early it is too large, by no more than the certificate says.
  auto early = settings;
  early.sinkhorn.fixed_iterations = 1;
  const auto rough = monge_gap(x, mapped, a, early);
  RC_ASSERT(rough.value.item<double>() >= out.value.item<double>() - 1e-9);
  RC_ASSERT(rough.value.item<double>() - *rough.transport.gap <= out.value.item<double>() + 1e-9);
}

TEST(MongeGap, Case41GradientsOfConvexFunctionsHaveNone) {
  const auto x = tensor(golden_data(17, 17, 4).x, {17, 4});  // pairs are at least .138 apart, squared
  // x -> grad(x^T A x / 2 + sum exp(x_k)): exchanging two images costs more than |x_i - x_k|^2, so 10 times epsilon.
  const auto factor = at::sin(at::arange(16, at::kDouble)).reshape({4, 4});
  const auto map = [&](const at::Tensor& points) {
    return points.mm(factor.mm(factor.t()) + at::eye(4, at::kDouble)) + points.exp();
  };
  EXPECT_NEAR(monge_gap(x, map(x), {}, at_epsilon(.01)).value.item<double>(), 0, 1e-10);
  // The bound is eps log N where entropy blurs.
  const auto blurred = monge_gap(x, map(x), {}, at_epsilon(2.));
  EXPECT_GT(blurred.value.item<double>(), .1);
  EXPECT_LT(blurred.value.item<double>(), 2 * std::log(17.));
  // A rotation by a right angle of the first two coordinates is far from optimal.
  auto turned = x.clone();
  turned.select(1, 0).copy_(-x.select(1, 1));
  turned.select(1, 1).copy_(x.select(1, 0));
  EXPECT_GT(monge_gap(x, turned, {}, at_epsilon(.01)).value.item<double>(), .1);
}

TEST(MongeGap, IsThePapersPlusAConstant) {
  const auto data = golden_data(8, 8, 2);
  const auto x = tensor(data.x, {8, 2});
  const auto mapped = tensor(data.y, {8, 2});
  const auto a = tensor(data.a, {8});
  const auto out = monge_gap(x, mapped, a, at_epsilon(.1));
  const auto plan = dense_plan(out.transport);
  const auto cost = cost_matrix(cost_by_name("sqeuclidean"), x, mapped);
  const double with_entropy = ((plan * cost).sum() + .1 * at::xlogy(plan, plan).sum()).item<double>();
  const double paper = (a * cost.diagonal()).sum().item<double>() - with_entropy;
  EXPECT_NEAR(out.value.item<double>(), paper - .1 * entropy(a), 1e-11);
}

TEST(MongeGap, GradientsAreThoseOfDifferences) {
  const auto data = golden_data(8, 8, 2);
  const auto x = tensor(data.x, {8, 2});
  const auto mapped = tensor(data.y, {8, 2});
  const auto a = tensor(data.a, {8});
  auto own = at_epsilon(.1);
  const at::Tensor weights = tensor({1, 2}, {2});
  own.cost = std::make_shared<CustomCost>("not symmetric", [weights](const at::Tensor& u, const at::Tensor& v) {
    return ((u.unsqueeze(1) * weights - v.unsqueeze(0)).square().sum(2) + .5).sqrt();
  });
  for (const auto& settings : {at_epsilon(.1), at_epsilon(.2, "euclidean"), own}) {
    const auto gap = [&](const at::Tensor& from, const at::Tensor& to, const at::Tensor& mass) {
      return monge_gap(from, to, mass, settings).value;
    };
    SCOPED_TRACE(settings.cost->name());
    EXPECT_LT(difference_error([&](const at::Tensor& t) { return gap(t, mapped, a); }, x, false), 1e-8);
    EXPECT_LT(difference_error([&](const at::Tensor& t) { return gap(x, t, a); }, mapped, false), 1e-8);
    EXPECT_LT(difference_error([&](const at::Tensor& t) { return gap(x, mapped, t); }, a, true), 1e-8);
  }
}

TEST(MongeGap, ManyPointsSinglePrecisionAndZeroWeights) {
  const auto data = golden_data(70, 70, 3);  // more than two blocks of pairs
  const auto x = tensor(data.x, {70, 3});
  const auto mapped = tensor(data.y, {70, 3});
  const auto wide = monge_gap(x, mapped, {}, at_epsilon(.1));
  EXPECT_NEAR(wide.displacement.item<double>(), (x - mapped).square().sum(1).mean().item<double>(), 1e-14);
  auto settings = at_epsilon(.1);
  settings.sinkhorn.threshold = 1e-5;
  const auto narrow = monge_gap(x.to(at::kFloat), mapped.to(at::kFloat), {}, settings);
  EXPECT_EQ(narrow.value.scalar_type(), at::kFloat);
  EXPECT_NEAR(narrow.value.item<double>(), wide.value.item<double>(), 1e-5);
  // The default epsilon is .05 mean costs.
  const auto plain = monge_gap(x, mapped);
  EXPECT_NEAR(plain.transport.epsilon, .05 * cost_matrix(cost_by_name("sqeuclidean"), x, mapped).mean().item<double>(),
              1e-14);

  auto a = tensor(data.a, {70});
  a[5] = 0;
  a = a / a.sum();
  const auto leaf = a.clone().requires_grad_(true);
  const auto from = x.clone().requires_grad_(true);
  const auto value = monge_gap(from, mapped, leaf, at_epsilon(.1)).value;
  const auto gradients = torch::autograd::grad({value}, {leaf, from});
  EXPECT_EQ(gradients[0][5].item<double>(), 0);
  EXPECT_EQ(gradients[1][5].abs().sum().item<double>(), 0);
  const auto kept = at::cat({at::arange(0, 5), at::arange(6, 70)});
  const auto part = [&](const at::Tensor& all) { return all.index_select(0, kept); };
  EXPECT_NEAR(value.item<double>(), monge_gap(part(x), part(mapped), part(a), at_epsilon(.1)).value.item<double>(),
              1e-11);
}

TEST(MongeGap, RefusesBadInputWithOneClearError) {
  const auto x = tensor(golden_data(8, 8, 2).x, {8, 2});
  const auto expect = [&](const at::Tensor& from, const at::Tensor& to, const at::Tensor& a, const std::string& text) {
    try {
      std::ignore = monge_gap(from, to, a);
      ADD_FAILURE() << "nothing was thrown for " << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kData) << error.what();
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  };
  expect(x, x.slice(0, 1), {}, "mapped");
  expect(x, x.to(at::kFloat), {}, "mapped");
  expect(x[0], x[0], {}, "[N, D]");
  auto broken = x.clone();
  broken[2][1] = std::numeric_limits<double>::quiet_NaN();
  expect(x, broken, {}, "not finite");
  expect(x, x + 1, at::ones({8}, at::kDouble), "those of a mean");
  expect(x, x + 1, at::ones({7}, at::kDouble), "[8]");
}

}  // namespace brenier::ot::monge_gap_test
