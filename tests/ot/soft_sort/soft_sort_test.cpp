// Soft sort, ranks, quantiles and top-k: golden case 37, OTT's numbers, gradients, limits and bad input.
#include "ot/soft_sort/soft_sort.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/helpers/repository.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

using Operation = std::function<at::Tensor(const at::Tensor&)>;

class SoftSortTest : public testing::Test {
 protected:
  static SoftSortSettings at_epsilon(double epsilon, Squash squash = Squash::kLogistic) {
    SoftSortSettings settings;
    settings.epsilon = epsilon;
    settings.squash = squash;
    return settings;
  }
  static at::Tensor fractions(int count, int prime = 2) {
    std::vector<double> values;
    for (int k = 0; k < count; ++k) values.push_back(golden_fraction(k, prime));
    return tensor(values, {count});
  }
  static double distance(const at::Tensor& found, const at::Tensor& expected) {
    EXPECT_EQ(found.sizes(), expected.sizes());
    return (found.detach() - expected).abs().max().item<double>();
  }
  static void expect_error(ErrorKind kind, const std::string& message, const std::function<void()>& call) {
    try {
      call();
      FAIL() << "no error, expected: " << message;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      EXPECT_NE(std::string(error.what()).find(message), std::string::npos) << error.what();
    }
  }
  // Central differences against autograd, of a sum with uneven weights.
  static void expect_gradient(const at::Tensor& values, const Operation& operation) {
    const auto leaf = values.clone().requires_grad_(true);
    const auto out = operation(leaf);
    const auto weights = at::cos(at::arange(out.numel(), at::kDouble)).reshape(out.sizes());
    const auto found = torch::autograd::grad({(weights * out).sum()}, {leaf})[0];
    auto expected = at::zeros_like(values);
    const double h = 1e-5;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      const auto moved = [&](double step) {
        auto copy = values.clone();
        copy.view({-1})[i] += step;
        return (weights * operation(copy)).sum().item<double>();
      };
      // Of fourth order.
      const double slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
      expected.view({-1})[i] = slope;
    }
    EXPECT_LT(distance(found, expected), 1e-7 * expected.abs().max().item<double>());
    EXPECT_GT(expected.abs().max().item<double>(), 1e-3);
  }
};

TEST_F(SoftSortTest, Case37OutputIsMonotone) {
  for (const double epsilon : {1e-1, 1e-2, 1e-3, 1e-4}) {
    const auto sorted = soft_sort(fractions(20), at_epsilon(epsilon));
    EXPECT_GT(sorted.diff().min().item<double>(), 0) << epsilon;
  }
}

TEST_F(SoftSortTest, Case37Quantiles) {
  const auto values = at::linspace(0, 1, 100, at::kDouble);
  // The mean of the values that fall into the block of weight .05.
  struct Row {
    double level, limit, at_1e_3;
  };
  for (const auto& row :
       {Row{.2, 19.5 / 99, .1969668551602908}, Row{.9, 89.5 / 99, .9040496984340876}, Row{.5, .5, .5}}) {
    const auto at_level = [&](double epsilon) {
      return soft_quantile(values, {row.level}, at_epsilon(epsilon), .05)[0].item<double>();
    };
    EXPECT_NEAR(at_level(1e-3), row.limit, 1e-4);
    EXPECT_NEAR(at_level(1e-3), row.at_1e_3, 1e-9);
    EXPECT_NEAR(at_level(1e-5), row.limit, 1e-9);
  }
}

TEST_F(SoftSortTest, Case37Ranks) {
  const auto values = fractions(20);
  const auto truth = values.argsort().argsort().to(at::kDouble);
  EXPECT_LT(distance(soft_rank(values, at_epsilon(1e-4)), truth), 1e-3);  // asked: .4
  EXPECT_LT(distance(soft_rank(values, at_epsilon(1e-3)), truth), .4);
  EXPECT_NEAR(distance(soft_rank(values, at_epsilon(1e-2)), truth), 1.04, .005);
  const auto hundred = fractions(100, 3);
  EXPECT_LT(distance(soft_rank(hundred, at_epsilon(1e-5)), hundred.argsort().argsort().to(at::kDouble)), .4);
}

TEST_F(SoftSortTest, Case37TopThreeMask) {
  const auto values = fractions(20);
  auto truth = at::zeros({20}, at::kDouble);
  truth.index_fill_(0, values.argsort().slice(0, 17), 1);
  for (const double epsilon : {1e-3, 1e-4}) {
    const auto mask = soft_topk_mask(values, 3, at_epsilon(epsilon));
    EXPECT_LT(distance(mask, truth), .01) << epsilon;
    EXPECT_NEAR(mask.sum().item<double>(), 3, 1e-8);
  }
}

TEST_F(SoftSortTest, AgreesWithOtt) {
  nlohmann::json json;
  std::ifstream(tests::repository_file("tests/oracle/ot/ott.json")) >> json;
  const auto& oracle = json.at("problems").at("soft_sort");
  const auto numbers = [&](const std::string& name) {
    return at::tensor(oracle.at(name).get<std::vector<double>>(), at::kDouble);
  };
  const auto values = numbers("input");
  const auto affine = (values + 3) / 8;
  auto five = at_epsilon(.01);
  five.targets = 5;
  EXPECT_LT(distance(soft_sort(values, at_epsilon(.01)), numbers("sort_eps_0.01")), 1e-8);
  // The affine squash is what the values are given in: outputs are squashed too.
  EXPECT_LT(distance(soft_sort(affine, at_epsilon(.01, Squash::kNone)) * 8 - 3, numbers("sort_eps_0.01_affine")), 1e-8);
  EXPECT_LT(distance(soft_sort(values, five), numbers("sort_eps_0.01_5_targets")), 1e-8);
  EXPECT_LT(distance(soft_topk(values, 3, at_epsilon(.01)), numbers("sort_eps_0.01_topk_3")), 1e-8);
  EXPECT_LT(distance(soft_rank(values, at_epsilon(.01)), numbers("ranks_eps_0.01")), 1e-8);
  EXPECT_LT(distance(soft_rank(values, five), numbers("ranks_eps_0.01_5_targets")), 1e-8);
  // OTT's mask sums to 3.0000002.
  EXPECT_LT(distance(soft_topk_mask(values, 3, at_epsilon(.01)), numbers("topk_mask_3_eps_0.01")), 2e-7);
  EXPECT_LT(distance(soft_quantile(values, {.2, .5, .8}, at_epsilon(.01)), numbers("quantile_0.2_0.5_0.8_eps_0.01")),
            1e-8);
  EXPECT_LT(distance(soft_quantile(values, {.5}, at_epsilon(.01), .05), numbers("quantile_0.5_weight_0.05_eps_0.01")),
            1e-8);
  // OTT stopped at its 100000 iterations before these were converged: their ranks sum to 44.9999 and not to 45.
  EXPECT_LT(distance(soft_rank(values, at_epsilon(.001)), numbers("ranks_eps_0.001")), 2e-4);
  EXPECT_LT(distance(soft_sort(values, at_epsilon(.001)), numbers("sort_eps_0.001")), 2e-4);
  EXPECT_NEAR(soft_rank(values, at_epsilon(.001)).sum().item<double>(), 45, 1e-8);
  const auto linear = at::linspace(0, 1, 100, at::kDouble);
  const auto known = json.at("problems").at("soft_quantile_linspace").at("value").get<std::vector<double>>();
  EXPECT_LT(distance(soft_quantile(linear, {.2, .9}, at_epsilon(1e-3)), at::tensor(known, at::kDouble)), 1e-8);
}

TEST_F(SoftSortTest, GradientsAreCentralDifferences) {
  const auto values = fractions(7) * 3 - 1;
  const auto inside = fractions(7);
  for (const double epsilon : {.1, .02}) {
    const auto settings = at_epsilon(epsilon);
    const auto plain = at_epsilon(epsilon, Squash::kNone);
    auto three = settings;
    three.targets = 3;
    expect_gradient(values, [&](const at::Tensor& v) { return soft_sort(v, settings); });
    expect_gradient(inside, [&](const at::Tensor& v) { return soft_sort(v, plain); });
    expect_gradient(values, [&](const at::Tensor& v) { return soft_sort(v, three); });
    expect_gradient(values, [&](const at::Tensor& v) { return soft_rank(v, settings); });
    expect_gradient(inside, [&](const at::Tensor& v) { return soft_rank(v, plain); });
    expect_gradient(values, [&](const at::Tensor& v) { return soft_topk(v, 2, settings); });
    expect_gradient(values, [&](const at::Tensor& v) { return soft_topk_mask(v, 2, settings); });
    expect_gradient(values, [&](const at::Tensor& v) { return soft_quantile(v, {.7, .3}, settings); });
  }
  expect_gradient(fractions(10).reshape({2, 5}), [](const at::Tensor& v) { return soft_rank(v, at_epsilon(.05)); });
}

TEST_F(SoftSortTest, GradientOfEqualValuesIsThatOfTheLogisticFunction) {
  // By symmetry every sorted value takes the mean of all: d sort_j / d v_i is what differences of the rows say.
  const auto equal = at::full({4}, .3, at::kDouble).requires_grad_(true);
  const auto sorted = soft_sort(equal, at_epsilon(.1));
  EXPECT_LT(distance(sorted, at::full({4}, .3, at::kDouble)), 1e-12);
  const auto gradient = torch::autograd::grad({sorted.sum()}, {equal})[0];
  EXPECT_LT(distance(gradient, at::ones({4}, at::kDouble)), 1e-10);
  const auto ranks = soft_rank(equal, at_epsilon(.1));
  EXPECT_LT(distance(ranks, at::full({4}, 1.5, at::kDouble)), 1e-9);
  EXPECT_TRUE(at::isfinite(torch::autograd::grad({ranks[0]}, {equal})[0]).all().item<bool>());
}

TEST_F(SoftSortTest, RowsAreSortedOnTheirOwn) {
  const auto rows = at::stack({fractions(12), fractions(12, 3) * 100, fractions(12, 5) - 7});
  const std::vector<Operation> operations = {
      [](const at::Tensor& v) { return soft_sort(v); }, [](const at::Tensor& v) { return soft_rank(v); },
      [](const at::Tensor& v) { return soft_topk_mask(v, 4); }, [](const at::Tensor& v) { return soft_topk(v, 4); },
      [](const at::Tensor& v) { return soft_quantile(v, {.25, .5}); }};
  for (const auto& operation : operations) {
    const auto together = operation(rows);
    for (std::int64_t row = 0; row < 3; ++row) EXPECT_TRUE(at::equal(together[row], operation(rows[row])));
  }
  EXPECT_EQ(soft_quantile(rows, {.25, .5}).sizes(), (std::vector<std::int64_t>{3, 2}));
}

TEST_F(SoftSortTest, LevelsKeepTheirOrder) {
  const auto values = fractions(30);
  const auto increasing = soft_quantile(values, {.1, .4, .8});
  const auto mixed = soft_quantile(values, {.8, .1, .4});
  EXPECT_TRUE(at::equal(mixed, increasing.index_select(0, at::tensor({2, 0, 1}, at::kLong))));
}

TEST_F(SoftSortTest, Float32IsComputedInFloat64) {
  const auto values = fractions(15).to(at::kFloat).requires_grad_(true);
  const auto sorted = soft_sort(values, at_epsilon(1e-3));
  EXPECT_EQ(sorted.scalar_type(), at::kFloat);
  const auto wide = soft_sort(values.detach().to(at::kDouble), at_epsilon(1e-3));
  EXPECT_TRUE(at::equal(sorted.detach(), wide.to(at::kFloat)));
  const auto gradient = torch::autograd::grad({(sorted * at::arange(15)).sum()}, {values})[0];
  EXPECT_EQ(gradient.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
}

TEST_F(SoftSortTest, OneValueAndTies) {
  const auto one = at::tensor({4.5}, at::kDouble);
  EXPECT_NEAR(soft_sort(one)[0].item<double>(), 4.5, 1e-12);
  EXPECT_EQ(soft_rank(one)[0].item<double>(), 0);
  EXPECT_NEAR(soft_quantile(one, {.5})[0].item<double>(), 4.5, 1e-12);
  const auto ranks = soft_rank(at::tensor({2.0, 1.0, 2.0, 3.0}, at::kDouble), at_epsilon(1e-4));
  EXPECT_LT(distance(ranks, at::tensor({1.5, 0.0, 1.5, 3.0}, at::kDouble)), 1e-6);
}

RC_GTEST_PROP(SoftSortProperty, RanksFollowPermutationsAndSortedValuesDoNot, ()) {
  const auto count = *rc::gen::inRange(2, 30);
  const auto values = *rc::gen::container<std::vector<double>>(
      static_cast<std::size_t>(count), rc::gen::map(rc::gen::inRange(-1000, 1000), [](int v) { return v / 50.0; }));
  const auto shift = *rc::gen::inRange(1, count + 1);
  const auto v = at::tensor(values, at::kDouble);
  SoftSortSettings settings;
  settings.epsilon = *rc::gen::element(.3, .03, .003);
  const auto sorted = soft_sort(v, settings);
  const auto ranks = soft_rank(v, settings);
  RC_ASSERT((sorted.diff() >= -1e-9 * (1 + v.abs().max().item<double>())).all().item<bool>());
  RC_ASSERT(std::abs(sorted.sum().item<double>() - v.sum().item<double>()) < 1e-7 * (1 + v.abs().sum().item<double>()));
  RC_ASSERT(std::abs(ranks.sum().item<double>() - count * (count - 1) / 2.0) < 1e-6);
  RC_ASSERT((sorted <= v.max() + 1e-9).all().item<bool>() && (sorted >= v.min() - 1e-9).all().item<bool>());
  const auto rolled = v.roll(shift);
  RC_ASSERT(at::allclose(soft_sort(rolled, settings), sorted, 1e-6, 1e-6));
  RC_ASSERT(at::allclose(soft_rank(rolled, settings), ranks.roll(shift), 1e-6, 1e-6));
}

TEST_F(SoftSortTest, NoConvergenceIsAnError) {
  auto settings = at_epsilon(.01);
  settings.max_iterations = 2;
  expect_error(ErrorKind::kNumerical, "a soft sort did not converge",
               [&] { (void)soft_sort(fractions(50), settings); });
  // Equal values are solved by their start.
  expect_error(ErrorKind::kNumerical, "row 1",
               [&] { (void)soft_rank(at::stack({at::zeros({50}, at::kDouble), fractions(50)}), settings); });
}

TEST_F(SoftSortTest, NoGradientOfAPermutation) {
  const auto values = (at::arange(10, at::kDouble) / 10).requires_grad_(true);
  const auto ranks = soft_rank(values, at_epsilon(1e-5, Squash::kNone));
  EXPECT_LT(distance(ranks, at::arange(10, at::kDouble)), 1e-9);
  expect_error(ErrorKind::kNumerical, "gradient through Sinkhorn",
               [&] { (void)torch::autograd::grad({ranks.square().sum()}, {values}); });
}

TEST_F(SoftSortTest, BadValues) {
  expect_error(ErrorKind::kData, "no values to sort", [] { (void)soft_sort({}); });
  expect_error(ErrorKind::kData, "wrong shape", [] { (void)soft_sort(at::zeros({2, 2, 2}, at::kDouble)); });
  expect_error(ErrorKind::kData, "wrong shape", [] { (void)soft_rank(at::zeros({0}, at::kDouble)); });
  expect_error(ErrorKind::kData, "values", [] { (void)soft_rank(at::zeros({3}, at::kLong)); });
  expect_error(ErrorKind::kData, "values",
               [] { (void)soft_sort(at::tensor({1.0, std::numeric_limits<double>::quiet_NaN()}, at::kDouble)); });
}

TEST_F(SoftSortTest, BadSettings) {
  const auto values = fractions(5);
  for (const double epsilon : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    expect_error(ErrorKind::kUsage, "epsilon", [&] { (void)soft_sort(values, at_epsilon(epsilon)); });
  }
  SoftSortSettings settings;
  settings.threshold = -1;
  expect_error(ErrorKind::kUsage, "threshold", [&] { (void)soft_sort(values, settings); });
  settings = {};
  settings.targets = 1;
  expect_error(ErrorKind::kUsage, "too few targets", [&] { (void)soft_rank(values, settings); });
  settings = {};
  settings.max_iterations = 0;
  expect_error(ErrorKind::kUsage, "iterations", [&] { (void)soft_rank(values, settings); });
  for (const Index k : {Index{0}, Index{5}}) {
    expect_error(ErrorKind::kUsage, "k is out of range", [&] { (void)soft_topk_mask(values, k); });
    expect_error(ErrorKind::kUsage, "k is out of range", [&] { (void)soft_topk(values, k); });
  }
  expect_error(ErrorKind::kUsage, "no level", [&] { (void)soft_quantile(values, {}); });
  expect_error(ErrorKind::kUsage, "level of a quantile is out of range", [&] { (void)soft_quantile(values, {1.0}); });
  expect_error(ErrorKind::kUsage, "given twice", [&] { (void)soft_quantile(values, {.3, .3}); });
  expect_error(ErrorKind::kUsage, "weight of a quantile", [&] { (void)soft_quantile(values, {.3}, {}, -1); });
}

}  // namespace brenier::ot
