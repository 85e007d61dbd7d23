// exact_transport(): golden values, methods, gradients, dtypes, refusals.
#include "ot/exact/exact_transport.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "tests/core/throws.h"
#include "tests/ot/exact/difference.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {
namespace exact_transport_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::error_text;

struct Golden {
  GoldenData data = golden_data(8, 11, 2);
  at::Tensor cost = tensor(data.cost, {8, 11});
  at::Tensor a = tensor(data.a, {8});
  at::Tensor b = tensor(data.b, {11});
};

TEST(ExactTransport, GoldenValue) {  // case 4
  const Golden golden;
  const ExactOutput out = exact_transport(golden.cost, golden.a, golden.b);
  EXPECT_NEAR(out.value.item<double>(), 0.20485593722785975, 1e-14);
  EXPECT_EQ(out.value.dim(), 0);
  EXPECT_EQ(out.method, "network simplex");
  EXPECT_LE(std::abs(out.gap), 1e-12);
  EXPECT_TRUE(out.plan.is_sparse() && out.plan.is_coalesced());
  const at::Tensor plan = out.plan.to_dense();
  EXPECT_TRUE(at::allclose(plan.sum(1), golden.a, 0, 1e-15));
  EXPECT_TRUE(at::allclose(plan.sum(0), golden.b, 0, 1e-15));
  EXPECT_GE((golden.cost - out.f.unsqueeze(1) - out.g).min().item<double>(), -1e-15);
  EXPECT_NEAR(((golden.a * out.f).sum() + (golden.b * out.g).sum() - out.value).item<double>(), 0, 1e-15);
  EXPECT_NEAR(out.f.mean().item<double>(), 0, 1e-16);
  const ExactOutput dense = exact_transport(golden.cost, golden.a, golden.b, {.dense_plan = true});
  EXPECT_TRUE(at::equal(dense.plan, plan));
  // The sparse plan is as good as one that torch sorted itself.
  const at::Tensor sorted = at::sparse_coo_tensor(out.plan.indices(), out.plan.values(), out.plan.sizes()).coalesce();
  EXPECT_TRUE(at::equal(sorted.indices(), out.plan.indices()));
}

TEST(ExactTransport, EqualWeightsAreAnAssignment) {
  const GoldenData data = golden_data(9, 9, 2);
  const at::Tensor cost = tensor(data.cost, {9, 9});
  const ExactOutput uniform = exact_transport(cost);
  EXPECT_EQ(uniform.method, "assignment");
  EXPECT_EQ(uniform.plan._nnz(), 9);
  EXPECT_NEAR((uniform.plan.to_dense() * cost).sum().item<double>(), uniform.value.item<double>(), 1e-15);
  // Weights that differ a little take the other way to nearly the same value.
  at::Tensor a = at::full({9}, 1.0 / 9, at::kDouble);
  a[0] += 1e-9;
  a[1] -= 1e-9;
  const ExactOutput general = exact_transport(cost, a);
  EXPECT_EQ(general.method, "network simplex");
  EXPECT_NEAR(general.value.item<double>(), uniform.value.item<double>(), 1e-8);
  const ExactOutput heavier = exact_transport(cost, at::full({9}, 2.0, at::kDouble), at::full({9}, 2.0, at::kDouble));
  EXPECT_EQ(heavier.method, "assignment");
  EXPECT_NEAR(heavier.value.item<double>(), 18 * uniform.value.item<double>(), 1e-13);
  EXPECT_EQ(exact_transport(tensor(golden_data(9, 7, 2).cost, {9, 7})).method, "network simplex");
}

TEST(ExactTransport, DiracToDiracHasFiniteGradients) {  // case 33
  const at::Tensor points = at::arange(4, at::kDouble);
  const at::Tensor cost = (points.unsqueeze(1) - points).abs().requires_grad_(true);
  const at::Tensor a = at::tensor({0.0, 1.0, 0.0, 0.0}, at::kDouble).requires_grad_(true);
  const at::Tensor b = at::tensor({1.0, 0.0, 0.0, 0.0}, at::kDouble).requires_grad_(true);
  const ExactOutput out = exact_transport(cost, a, b);
  EXPECT_EQ(out.value.item<double>(), 1.0);
  const auto gradients = torch::autograd::grad({out.value}, {cost, a, b});
  for (const at::Tensor& gradient : gradients) EXPECT_TRUE(gradient.isfinite().all().item<bool>());
  EXPECT_EQ(gradients[0][1][0].item<double>(), 1.0);
  EXPECT_EQ(gradients[0].sum().item<double>(), 1.0);
}

TEST(ExactTransport, GradientsAreCentralDifferences) {
  const Golden golden;
  const auto value = [](const at::Tensor& cost, const at::Tensor& a, const at::Tensor& b) {
    return 3 * exact_transport(cost, a, b).value;
  };
  EXPECT_LE(difference_error([&](const at::Tensor& v) { return value(v, golden.a, golden.b); }, golden.cost, false),
            1e-7);
  EXPECT_LE(difference_error([&](const at::Tensor& v) { return value(golden.cost, v, golden.b); }, golden.a, true),
            1e-7);
  EXPECT_LE(difference_error([&](const at::Tensor& v) { return value(golden.cost, golden.a, v); }, golden.b, true),
            1e-7);
  const at::Tensor square = tensor(golden_data(7, 7, 2).cost, {7, 7});
  EXPECT_LE(difference_error([&](const at::Tensor& v) { return exact_transport(v).value; }, square, false), 1e-7)
      << "assignment";
}

// Through a cost that is curved in the points, the second derivative is the one with the plan held fixed.
TEST(ExactTransport, SecondDerivativeThroughTheCost) {
  const Golden golden;
  const at::Tensor y = tensor(golden.data.y, {11, 2});
  const at::Tensor x = tensor(golden.data.x, {8, 2}).requires_grad_(true);
  const at::Tensor cost = (x.unsqueeze(1) - y).pow(2).sum(2);
  const at::Tensor first =
      torch::autograd::grad({exact_transport(cost, golden.a, golden.b).value}, {x}, {}, true, true)[0];
  const at::Tensor second = torch::autograd::grad({first.sum()}, {x})[0];
  EXPECT_TRUE(at::allclose(second, 2 * golden.a.unsqueeze(1).expand({8, 2}), 0, 1e-14));
  const at::Tensor a = golden.a.clone().requires_grad_(true);
  const at::Tensor value = exact_transport((x.unsqueeze(1) - y).pow(2).sum(2), a, golden.b).value;
  EXPECT_THAT(error_text(ErrorKind::kUsage, [&] { (void)torch::autograd::grad({value}, {x, a}, {}, true, true); }),
              HasSubstr("first derivatives only"));
}

TEST(ExactTransport, SinglePrecisionStaysSingle) {
  const Golden golden;
  const at::Tensor cost = golden.cost.to(at::kFloat).requires_grad_(true);
  const ExactOutput out = exact_transport(cost, golden.a.to(at::kFloat), golden.b.to(at::kFloat));
  EXPECT_NEAR(out.value.item<float>(), 0.2048559F, 2e-7F);
  for (const at::Tensor& part : {out.value, out.plan, out.f, out.g}) EXPECT_EQ(part.scalar_type(), at::kFloat);
  EXPECT_EQ(torch::autograd::grad({out.value}, {cost})[0].scalar_type(), at::kFloat);
}

TEST(ExactTransport, OrderOfThePointsDoesNotMatter) {
  const Golden golden;
  const at::Tensor rows = at::arange(7, -1, -1, at::kLong);
  const ExactOutput out = exact_transport(golden.cost, golden.a, golden.b);
  const ExactOutput flipped =
      exact_transport(golden.cost.index_select(0, rows), golden.a.index_select(0, rows), golden.b);
  EXPECT_NEAR(flipped.value.item<double>(), out.value.item<double>(), 1e-15);
  EXPECT_TRUE(at::allclose(flipped.plan.to_dense().index_select(0, rows), out.plan.to_dense(), 0, 1e-15));
}

TEST(ExactTransport, RefusesBadInput) {
  const Golden golden;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto text = [](const at::Tensor& cost, const at::Tensor& a, const at::Tensor& b) {
    return error_text(ErrorKind::kData, [&] { (void)exact_transport(cost, a, b); });
  };
  at::Tensor bad = golden.cost.clone();
  bad[2][3] = nan;
  EXPECT_THAT(text(bad, golden.a, golden.b), AllOf(HasSubstr("cost"), HasSubstr("[2, 3]")));
  bad[2][3] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(text(bad, golden.a, golden.b), AllOf(HasSubstr("cost"), HasSubstr("[2, 3]")));
  EXPECT_THAT(text(golden.cost[0], golden.a, golden.b), HasSubstr("cost has the wrong shape"));
  EXPECT_THAT(text(golden.cost.to(at::kInt), golden.a, golden.b), HasSubstr("cost"));
  EXPECT_THAT(text(golden.cost, golden.b, golden.b), HasSubstr("a has the wrong shape"));
  EXPECT_THAT(text(golden.cost, golden.a.to(at::kFloat), golden.b), HasSubstr("differ in dtype"));
  EXPECT_THAT(text(golden.cost, -golden.a, golden.b), HasSubstr("a[0]"));
  EXPECT_THAT(text(golden.cost, golden.a, golden.b * 0), HasSubstr("all weights of b are zero"));
  EXPECT_THAT(text(golden.cost, golden.a, golden.b * nan), HasSubstr("b[0]"));
  EXPECT_THAT(text(golden.cost, golden.a, golden.b * 1.01),
              AllOf(HasSubstr("masses of a and b differ"), HasSubstr("1.01")));
  EXPECT_THAT(text(golden.cost.slice(0, 0, 0), {}, {}), HasSubstr("a is empty"));
  EXPECT_THAT(error_text(ErrorKind::kData,
                         [&] { (void)exact_transport(golden.cost, golden.a, golden.b, {.memory_limit = 10}); }),
              HasSubstr("too large"));
}

}  // namespace exact_transport_test
}  // namespace brenier::ot
