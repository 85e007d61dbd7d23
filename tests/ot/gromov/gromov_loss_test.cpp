// The split form of the losses against the sum over four indices, and its gradients against differences.
#include "ot/gromov/gromov_loss.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"
#include "tests/ot/gromov/gromov_cases.h"

namespace brenier::ot {
namespace gromov_loss_test_detail {

struct Case {
  std::string name;
  GromovLoss loss = GromovLoss::kSquare;
  bool symmetric = true;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.name; }

double slope(const std::function<double(double)>& function) {
  const double h = 1e-6;
  return (function(h) - function(-h)) / (2 * h);
}

}  // namespace gromov_loss_test_detail

class GromovLossForms : public testing::TestWithParam<gromov_loss_test_detail::Case> {
 protected:
  GromovLossForms() {
    const auto data = golden_data(5, 4, 2);
    const auto x = tensor(data.x, {5, 2});
    const auto y = tensor(data.y, {4, 2});
    c1_ = (-square_distances(x, x)).exp();
    c2_ = (-square_distances(y, y)).exp() + .2;
    if (!GetParam().symmetric) {
      c1_ = c1_ + .3 * at::sin(at::arange(25, at::kDouble)).square().reshape({5, 5});
      c2_ = c2_ + .3 * at::cos(at::arange(16, at::kDouble)).square().reshape({4, 4});
    }
    plan_ = at::cos(at::arange(20, at::kDouble)).square().reshape({5, 4}) / 7;
  }
  [[nodiscard]] GromovObjective objective(const at::Tensor& c1, const at::Tensor& c2) const {
    return {GetParam().loss, CostOperator(to_row_matrix(c1)), CostOperator(to_row_matrix(c2))};
  }
  [[nodiscard]] double by_definition(const at::Tensor& c1, const at::Tensor& c2, const at::Tensor& plan) const {
    return gromov_by_definition(GetParam().loss, c1, c2, plan);
  }
  static at::Tensor moved(const at::Tensor& at, std::int64_t k, double step) {
    auto out = at.clone();
    out.view(-1)[k] += step;
    return out;
  }

  at::Tensor c1_, c2_, plan_;
};

INSTANTIATE_TEST_SUITE_P(All, GromovLossForms,
                         testing::Values(gromov_loss_test_detail::Case{"square", GromovLoss::kSquare, true},
                                         gromov_loss_test_detail::Case{"square_asymmetric", GromovLoss::kSquare, false},
                                         gromov_loss_test_detail::Case{"kl", GromovLoss::kKl, true},
                                         gromov_loss_test_detail::Case{"kl_asymmetric", GromovLoss::kKl, false}),
                         [](const auto& row) { return row.param.name; });

TEST_P(GromovLossForms, ValueIsTheSumOverFourIndices) {
  const auto objective = this->objective(c1_, c2_);
  const auto plan = to_row_matrix(plan_);
  const auto parts = objective.parts(plan);
  EXPECT_NEAR(objective.value(plan, parts), by_definition(c1_, c2_, plan_), 1e-13);
}

TEST_P(GromovLossForms, GradientsAreDifferences) {
  using gromov_loss_test_detail::slope;
  const auto objective = this->objective(c1_, c2_);
  const auto plan = to_row_matrix(plan_);
  const RowMatrix in_plan = objective.gradient(objective.parts(plan));
  for (std::int64_t k = 0; k < plan_.numel(); ++k)
    EXPECT_NEAR(in_plan.data()[k], slope([&](double h) { return by_definition(c1_, c2_, moved(plan_, k, h)); }), 1e-8);
  const RowMatrix in_c1 = objective.gradient_c1(plan).whole();
  for (std::int64_t k = 0; k < c1_.numel(); ++k)
    EXPECT_NEAR(in_c1.data()[k], slope([&](double h) { return by_definition(moved(c1_, k, h), c2_, plan_); }), 1e-8);
  const RowMatrix in_c2 = objective.gradient_c2(plan).whole();
  for (std::int64_t k = 0; k < c2_.numel(); ++k)
    EXPECT_NEAR(in_c2.data()[k], slope([&](double h) { return by_definition(c1_, moved(c2_, k, h), plan_); }), 1e-8);
}

// Every mixture of products and whole matrices computes the same.
TEST(GromovLoss, FactorsEqualWholeMatrices) {
  const auto data = golden_data(7, 5, 3);
  const auto x = tensor(data.x, {7, 3});
  const auto y = tensor(data.y, {5, 3});
  const auto factored = [](const at::Tensor& points) {
    return read_cost(PointCloud(points, points), Geometry::kDenseLimit).cost;
  };
  ASSERT_TRUE(factored(x).factored());
  const CostOperator x_whole(to_row_matrix(square_distances(x, x)));
  const CostOperator y_whole(to_row_matrix(square_distances(y, y)));
  const RowMatrix plan = to_row_matrix(at::cos(at::arange(35, at::kDouble)).square().reshape({7, 5}));
  const GromovObjective reference(GromovLoss::kSquare, x_whole, y_whole);
  const auto expected = reference.parts(plan);
  for (const bool x_thin : {false, true}) {
    for (const bool y_thin : {false, true}) {
      const GromovObjective objective(GromovLoss::kSquare, x_thin ? factored(x) : x_whole,
                                      y_thin ? factored(y) : y_whole);
      const auto parts = objective.parts(plan);
      EXPECT_NEAR(objective.value(plan, parts), reference.value(plan, expected), 1e-10);
      EXPECT_LT((objective.gradient(parts) - reference.gradient(expected)).cwiseAbs().maxCoeff(), 1e-11);
      EXPECT_LT((objective.gradient_c1(plan).whole() - reference.gradient_c1(plan).whole()).cwiseAbs().maxCoeff(),
                1e-11);
      EXPECT_LT((objective.gradient_c2(plan).whole() - reference.gradient_c2(plan).whole()).cwiseAbs().maxCoeff(),
                1e-11);
      EXPECT_EQ(objective.gradient_c1(plan).factored(), x_thin && y_thin);
    }
  }
}

TEST(GromovLoss, NamesAndRanges) {
  EXPECT_EQ(gromov_loss_by_name("kl"), GromovLoss::kKl);
  EXPECT_EQ(gromov_loss_by_name("square"), GromovLoss::kSquare);
  EXPECT_THROW(std::ignore = gromov_loss_by_name("cubic"), Error);
  const CostOperator good(RowMatrix::Constant(2, 2, 1.0));
  const CostOperator zero(RowMatrix::Zero(2, 2));
  const CostOperator negative(RowMatrix::Constant(2, 2, -1.0));
  EXPECT_NO_THROW(GromovObjective(GromovLoss::kKl, zero, good));
  EXPECT_THROW(GromovObjective(GromovLoss::kKl, good, zero), Error);
  EXPECT_THROW(GromovObjective(GromovLoss::kKl, negative, good), Error);
  EXPECT_NO_THROW(GromovObjective(GromovLoss::kSquare, negative, zero));
}

}  // namespace brenier::ot
