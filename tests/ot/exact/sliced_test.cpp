// The sliced distance: one dimension, closed forms, invariances, gradients, refusals.
#include "ot/exact/sliced.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "core/random.h"
#include "ot/exact/wasserstein_1d.h"
#include "tests/core/throws.h"
#include "tests/ot/exact/difference.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {
namespace sliced_test {

using ::testing::HasSubstr;
using tests::error_text;

struct Clouds {
  GoldenData data;
  at::Tensor x;
  at::Tensor y;
  at::Tensor a;
  at::Tensor b;
  Clouds(int n, int m, int d)
      : data(golden_data(n, m, d)),
        x(tensor(data.x, {n, d})),
        y(tensor(data.y, {m, d})),
        a(tensor(data.a, {n})),
        b(tensor(data.b, {m})) {}
};

TEST(Sliced, OneDimensionIsExact) {
  const Clouds clouds(9, 13, 1);
  for (const double p : {1.0, 2.0}) {
    SlicedSettings settings;
    settings.p = p;
    EXPECT_EQ(sliced_wasserstein(clouds.x, clouds.y, clouds.a, clouds.b, settings).item<double>(),
              wasserstein_1d(clouds.x.view({-1}), clouds.y.view({-1}), clouds.a, clouds.b, p).item<double>());
  }
}

TEST(Sliced, IsTheMeanOverItsDirections) {
  const Clouds clouds(9, 13, 3);
  SlicedSettings settings;
  settings.projections = 50;  // more than one block
  const at::Tensor directions = tensor(sliced_directions(3, settings), {50, 3});
  EXPECT_LE((directions.norm(2, 1) - 1).abs().max().item<double>(), 1e-15);
  double sum = 0;
  for (std::int64_t l = 0; l < 50; ++l) {
    const at::Tensor direction = directions[l];
    sum += wasserstein_1d(clouds.x.matmul(direction), clouds.y.matmul(direction), clouds.a, clouds.b).item<double>();
  }
  EXPECT_NEAR(sliced_wasserstein(clouds.x, clouds.y, clouds.a, clouds.b, settings).item<double>(), sum / 50, 1e-14);
}

TEST(Sliced, TranslationHasAClosedForm) {
  const Clouds clouds(20, 20, 3);
  const at::Tensor shift = at::tensor({1.0, -2.0, 0.5}, at::kDouble);
  SlicedSettings settings;
  settings.projections = 20000;
  const double value = sliced_wasserstein(clouds.x, clouds.x + shift, clouds.a, clouds.a, settings).item<double>();
  const at::Tensor directions = tensor(sliced_directions(3, settings), {-1, 3});
  EXPECT_NEAR(value, directions.matmul(shift).pow(2).mean().item<double>(), 1e-12);
  EXPECT_NEAR(value, 5.25 / 3, 0.045) << "the mean over all directions is |t|^2 / D; within four standard errors";
  EXPECT_NEAR(sliced_wasserstein(clouds.x, clouds.x).item<double>(), 0.0, 1e-30);
}

TEST(Sliced, OrderOfThePointsDoesNotMatter) {
  const Clouds clouds(17, 12, 2);
  RandomStream random(3, "test");
  const at::Tensor order = at::tensor(random.permutation(17), at::kLong);
  const double value = sliced_wasserstein(clouds.x, clouds.y, clouds.a, clouds.b).item<double>();
  EXPECT_NEAR(sliced_wasserstein(clouds.x.index_select(0, order), clouds.y, clouds.a.index_select(0, order), clouds.b)
                  .item<double>(),
              value, 1e-14);
  EXPECT_NEAR(sliced_wasserstein(clouds.y, clouds.x, clouds.b, clouds.a).item<double>(), value, 1e-14);
}

TEST(Sliced, SeedChoosesTheDirections) {
  const Clouds clouds(17, 12, 2);
  const auto value = [&](std::uint64_t seed) {
    SlicedSettings settings;
    settings.seed = seed;
    return sliced_wasserstein(clouds.x, clouds.y, {}, {}, settings).item<double>();
  };
  EXPECT_EQ(value(1), value(1));
  EXPECT_NE(value(1), value(2));
}

TEST(Sliced, ThreadCountDoesNotMatter) {
  const Clouds clouds(1500, 1100, 3);
  const int before = at::get_num_threads();
  const auto run = [&](int threads) {
    at::set_num_threads(threads);
    const at::Tensor x = clouds.x.clone().requires_grad_(true);
    const at::Tensor a = clouds.a.clone().requires_grad_(true);
    const at::Tensor value = sliced_wasserstein(x, clouds.y, a, clouds.b);
    const auto gradients = torch::autograd::grad({value}, {x, a});
    return at::cat({value.detach().view({1}), gradients[0].view({-1}), gradients[1]});
  };
  const at::Tensor one = run(1);
  const at::Tensor four = run(4);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one, four));
}

TEST(Sliced, GradientsAreCentralDifferences) {
  const Clouds clouds(8, 11, 2);
  SlicedSettings settings;
  settings.projections = 40;
  for (const double p : {1.5, 2.0}) {
    settings.p = p;
    const auto value = [&](const at::Tensor& x, const at::Tensor& y, const at::Tensor& a, const at::Tensor& b) {
      return sliced_wasserstein(x, y, a, b, settings);
    };
    EXPECT_LE(
        difference_error([&](const at::Tensor& v) { return value(v, clouds.y, clouds.a, clouds.b); }, clouds.x, false),
        1e-7);
    EXPECT_LE(
        difference_error([&](const at::Tensor& v) { return value(clouds.x, v, clouds.a, clouds.b); }, clouds.y, false),
        1e-7);
    EXPECT_LE(
        difference_error([&](const at::Tensor& v) { return value(clouds.x, clouds.y, v, clouds.b); }, clouds.a, true),
        1e-7);
    EXPECT_LE(
        difference_error([&](const at::Tensor& v) { return value(clouds.x, clouds.y, clouds.a, v); }, clouds.b, true),
        1e-7);
  }
}

TEST(Sliced, SinglePrecisionStaysSingle) {
  const Clouds clouds(8, 11, 2);
  const at::Tensor x = clouds.x.to(at::kFloat).requires_grad_(true);
  const at::Tensor value = sliced_wasserstein(x, clouds.y.to(at::kFloat));
  EXPECT_EQ(value.scalar_type(), at::kFloat);
  EXPECT_NEAR(value.item<float>(), sliced_wasserstein(clouds.x, clouds.y).item<double>(), 1e-6);
  EXPECT_EQ(torch::autograd::grad({value}, {x})[0].scalar_type(), at::kFloat);
}

TEST(Sliced, RefusesBadInput) {
  const Clouds clouds(8, 11, 2);
  const auto text = [&](const at::Tensor& x, const at::Tensor& y, const at::Tensor& a) {
    return error_text(ErrorKind::kData, [&] { (void)sliced_wasserstein(x, y, a); });
  };
  EXPECT_THAT(text(clouds.x[0], clouds.y, {}), HasSubstr("x has the wrong shape"));
  EXPECT_THAT(text(clouds.x, clouds.y.slice(1, 0, 1), {}), HasSubstr("y has the wrong shape"));
  EXPECT_THAT(text(clouds.x, clouds.y.to(at::kFloat), {}), HasSubstr("differ in dtype"));
  EXPECT_THAT(text(clouds.x / 0.0, clouds.y, {}), HasSubstr("x has a value"));
  EXPECT_THAT(text(clouds.x, clouds.y, -clouds.a), HasSubstr("a[0]"));
  EXPECT_THAT(text(clouds.x, clouds.y, clouds.b), HasSubstr("a has the wrong shape"));
  EXPECT_THAT(text(at::zeros({3, 0}, at::kDouble), at::zeros({3, 0}, at::kDouble), {}), HasSubstr("no coordinates"));
  SlicedSettings settings;
  settings.projections = 0;
  const auto usage = [&] {
    return error_text(ErrorKind::kUsage, [&] { (void)sliced_wasserstein(clouds.x, clouds.y, {}, {}, settings); });
  };
  EXPECT_THAT(usage(), HasSubstr("projections"));
  settings = {};
  settings.p = 0.9;
  EXPECT_THAT(usage(), HasSubstr("power p"));
}

}  // namespace sliced_test
}  // namespace brenier::ot
