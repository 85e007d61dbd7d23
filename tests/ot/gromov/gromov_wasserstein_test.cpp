// Gromov-Wasserstein: golden numbers, agreement with POT and OTT-JAX (tests/oracle/ot).
#include "ot/gromov/gromov_wasserstein.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "ot/gromov/gromov_loss.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/helpers/repository.h"
#include "tests/ot/gromov/gromov_cases.h"

namespace brenier::ot {
namespace gromov_wasserstein_test_detail {

nlohmann::json oracle(const std::string& file) {
  nlohmann::json out;
  std::ifstream(tests::repository_file("tests/oracle/ot/" + file)) >> out;
  return out.at("problems");
}

void expect_plan(const at::Tensor& plan, const nlohmann::json& rows, double tolerance) {
  for (std::int64_t i = 0; i < plan.size(0); ++i) {
    for (std::int64_t j = 0; j < plan.size(1); ++j) {
      const double expected = rows.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j)).get<double>();
      ASSERT_NEAR(plan[i][j].item<double>(), expected, tolerance) << i << ", " << j;
    }
  }
}

}  // namespace gromov_wasserstein_test_detail

using gromov_wasserstein_test_detail::expect_plan;
using gromov_wasserstein_test_detail::oracle;

class Case36 : public testing::Test {
 protected:
  // C1 of n points over its largest entry and the same with rows and columns reversed, equal weights.
  explicit Case36(int n = 8) {
    const auto x = tensor(golden_data(n, n, 2).x, {n, 2});
    c1_ = square_distances(x, x);
    c1_ = c1_ / c1_.max();
    c2_ = c1_.flip({0, 1}).contiguous();
  }
  [[nodiscard]] GromovProblem problem(double epsilon) const {
    GromovProblem out;
    out.x = std::make_shared<DenseCost>(c1_);
    out.y = std::make_shared<DenseCost>(c2_);
    out.epsilon = epsilon;
    return out;
  }
  [[nodiscard]] double cost(const at::Tensor& plan) const {
    const GromovObjective objective(GromovLoss::kSquare, CostOperator(to_row_matrix(c1_)),
                                    CostOperator(to_row_matrix(c2_)));
    const auto p = to_row_matrix(plan);
    return objective.value(p, objective.parts(p));
  }
  at::Tensor c1_, c2_;
};

TEST_F(Case36, CostAtTheProductPlan) {
  const auto product = at::full({8, 8}, 1.0 / 64, at::kDouble);
  EXPECT_NEAR(cost(product), .14012550029715387, 1e-15);
  EXPECT_NEAR(cost(product), oracle("closed_form.json")["gw_product_reversed"]["value"].get<double>(), 1e-15);
  EXPECT_NEAR(cost(at::eye(8, at::kDouble).flip({0}) / 8), 0, 2e-16);
  // A huge epsilon leaves the product plan.
  const auto out = gromov_wasserstein(problem(1e6));
  EXPECT_NEAR(out.gromov_cost, .14012550029715387, 1e-6);
}

class Case36Twenty : public Case36 {
 protected:
  Case36Twenty() : Case36(20) {}
};

TEST_F(Case36Twenty, ReversalIsFoundFromTheProductPlan) {
  // Epsilon falls; each plan starts the next.
  GromovSettings settings;
  GromovOutput out;
  for (const double epsilon : {1e-2, 1e-3, 1e-4}) {
    out = gromov_wasserstein(problem(epsilon), settings);
    EXPECT_TRUE(out.converged()) << epsilon << " " << out.change << " " << out.marginal_error;
    settings.start = out.plan;
  }
  const auto reversal = at::eye(20, at::kDouble).flip({0}) / 20;
  EXPECT_LT((out.plan - reversal).abs().max().item<double>(), 1e-4);
  EXPECT_NEAR(out.gromov_cost, 0, 1e-15);
  EXPECT_NEAR(out.transport_cost, out.gromov_cost, 0);
}

TEST(GromovGoldenCases, CostAtProductPlansEqualsPot) {
  const auto pot = oracle("pot.json");
  const auto at_product = [](const at::Tensor& c1, const at::Tensor& c2, const GromovGolden& golden) {
    const GromovObjective objective(GromovLoss::kSquare, CostOperator(to_row_matrix(c1)),
                                    CostOperator(to_row_matrix(c2)));
    const auto plan = to_row_matrix(at::outer(golden.a, golden.b));
    return objective.value(plan, objective.parts(plan));
  };
  const GromovGolden wide;
  EXPECT_NEAR(at_product(square_distances(wide.x, wide.x), square_distances(wide.y, wide.y), wide),
              pot["gwloss_product_k10_8_2"]["value"].get<double>(), 1e-15);
  const GromovGolden square(8, 8);
  const auto c1 = square_distances(square.x, square.x);
  const auto c2 = square_distances(square.y, square.y);
  EXPECT_NEAR(at_product(c1 / c1.max(), c2 / c2.max(), square),
              pot["gwloss_product_k8_8_2_normalised"]["value"].get<double>(), 1e-15);
}

TEST(GromovOracle, Pot) {
  const auto pot = oracle("pot.json");
  const GromovGolden golden;
  for (const std::string name : {"1.0", "0.5", "0.1"}) {
    const auto& plain = pot["gw_k10_8_2_rel_" + name];
    for (const bool points : {true, false}) {
      const double epsilon = plain["eps"].get<double>();
      const auto out =
          gromov_wasserstein(points ? golden.points(epsilon) : golden.matrices(epsilon), GromovGolden::exact());
      EXPECT_TRUE(out.converged()) << name << " " << out.change << " " << out.marginal_error;
      EXPECT_NEAR(out.gromov_cost, plain["gw_cost"].get<double>(), 1e-10) << name;
      expect_plan(out.plan, plain["plan"], 1e-9);
    }
    const auto& fused = pot["fused_gw_k10_8_2_rel_" + name];
    auto problem = golden.points(fused["eps"].get<double>());
    problem.cross = golden.cross();
    problem.alpha = fused["alpha"].get<double>();
    const auto out = gromov_wasserstein(problem, GromovGolden::exact());
    EXPECT_TRUE(out.converged()) << name << " " << out.change << " " << out.marginal_error;
    EXPECT_NEAR(out.transport_cost, fused["fgw_dist"].get<double>(), 1e-10) << name;
    EXPECT_NEAR(out.gromov_cost, fused["gw_cost"].get<double>(), 1e-10) << name;
    EXPECT_NEAR(out.linear_cost, fused["linear_cost"].get<double>(), 1e-10) << name;
    expect_plan(out.plan, fused["plan"], 1e-9);
  }
}

TEST(GromovOracle, PotWithTheKlLoss) {
  const auto pot = oracle("pot.json");
  const auto& kl = pot["gw_kl_k10_8_2"];
  const GromovGolden golden;
  auto problem = golden.matrices(kl["eps"].get<double>());
  problem.loss = GromovLoss::kKl;
  problem.x = std::make_shared<DenseCost>((-square_distances(golden.x, golden.x)).exp());
  problem.y = std::make_shared<DenseCost>((-square_distances(golden.y, golden.y)).exp());
  const auto out = gromov_wasserstein(problem, GromovGolden::exact());
  EXPECT_TRUE(out.converged()) << out.change;
  EXPECT_NEAR(out.gromov_cost, kl["gw_cost"].get<double>(), 1e-10);
  expect_plan(out.plan, kl["plan"], 1e-9);
}

TEST(GromovOracle, OttJaxWithItsEpsilonConverted) {
  const auto ott = oracle("ott.json");
  const GromovGolden golden;
  for (const std::string name :
       {"gw_k10_8_2_rel_0.5", "gw_k10_8_2_rel_0.05", "fused_gw_k10_8_2_rel_0.5", "fused_gw_k10_8_2_rel_0.05"}) {
    const auto& expected = ott[name];
    const double lambda = expected["fused_penalty"].get<double>();
    const double alpha = 1 / (1 + 2 * lambda);
    auto problem = golden.points(2 * alpha * expected["eps"].get<double>());
    if (lambda > 0) {
      problem.cross = golden.cross();
      problem.alpha = alpha;
    }
    const auto out = gromov_wasserstein(problem, GromovGolden::exact());
    EXPECT_NEAR(out.gromov_cost, expected["gw_cost"].get<double>(), 1e-10) << name;
    EXPECT_NEAR(out.gromov_cost + lambda * out.linear_cost, expected["ott_primal_cost"].get<double>(), 1e-10) << name;
    expect_plan(out.plan, expected["plan"], 1e-9);
  }
}

TEST(GromovWasserstein, ValueIsTransportPlusEntropy) {
  const GromovGolden golden;
  auto problem = golden.points(.02);
  problem.cross = golden.cross();
  const auto out = gromov_wasserstein(problem, GromovGolden::exact());
  EXPECT_DOUBLE_EQ(out.alpha, .5);
  const auto product = at::outer(golden.a, golden.b);
  EXPECT_NEAR(out.entropy, at::xlogy(out.plan, out.plan / product).sum().item<double>(), 1e-12);
  EXPECT_NEAR(out.gromov_cost,
              gromov_by_definition(GromovLoss::kSquare, square_distances(golden.x, golden.x),
                                   square_distances(golden.y, golden.y), out.plan),
              1e-13);
  EXPECT_NEAR(out.linear_cost, (out.plan * square_distances(golden.x, golden.y)).sum().item<double>(), 1e-13);
  EXPECT_NEAR(out.transport_cost, .5 * (out.gromov_cost + out.linear_cost), 1e-15);
  EXPECT_NEAR(out.value.item<double>(), out.transport_cost + .02 * out.entropy, 1e-15);
  EXPECT_EQ(out.values.size(), static_cast<std::size_t>(out.iterations));
  EXPECT_NEAR(out.values.back(), out.value.item<double>(), 1e-15);
  EXPECT_LT((out.plan.sum(1) - golden.a).abs().sum().item<double>(), 1e-12);
  EXPECT_LT((out.plan.sum(0) - golden.b).abs().sum().item<double>(), 1e-12);
}

TEST(GromovWasserstein, AlphaZeroIsPlainTransport) {
  const GromovGolden golden;
  auto problem = golden.points(.1);
  problem.cross = golden.cross();
  problem.alpha = 0;
  const auto out = gromov_wasserstein(problem, GromovGolden::exact());
  auto plain = linear_problem(golden.cross(), .1);
  plain.a = golden.a;
  plain.b = golden.b;
  SinkhornSettings settings;
  settings.threshold = 1e-13;
  const auto expected = sinkhorn(plain, settings);
  EXPECT_NEAR(out.value.item<double>(), expected.dual, 1e-12);
  EXPECT_LE(out.iterations, 3);
}

TEST(GromovWasserstein, Float32) {
  const GromovGolden golden;
  const GromovGolden single(10, 8, at::kFloat);
  auto problem = single.points(.02);
  problem.cross = single.cross();
  auto reference = golden.points(.02);
  reference.cross = golden.cross();
  const auto out = gromov_wasserstein(problem);
  EXPECT_EQ(out.plan.scalar_type(), at::kFloat);
  EXPECT_EQ(out.value.scalar_type(), at::kFloat);
  EXPECT_TRUE(out.converged());
  const auto expected = gromov_wasserstein(reference);
  EXPECT_NEAR(out.value.item<double>(), expected.value.item<double>(), 1e-5);
  EXPECT_LT((out.plan.to(at::kDouble) - expected.plan).abs().max().item<double>(), 1e-4);
}

// Zero weights take points out.
TEST(GromovWasserstein, ZeroWeightsRemovePoints) {
  const GromovGolden golden;
  auto a = golden.a.clone();
  auto b = golden.b.clone();
  a[2] = 0;
  b[5] = 0;
  auto problem = golden.points(.02);
  problem.a = a / a.sum();
  problem.b = b / b.sum();
  const auto out = gromov_wasserstein(problem, GromovGolden::exact());
  const auto rows = at::tensor({0, 1, 3, 4, 5, 6, 7, 8, 9}, at::kLong);
  const auto columns = at::tensor({0, 1, 2, 3, 4, 6, 7}, at::kLong);
  auto fewer = golden.points(.02);
  const auto x = golden.x.index_select(0, rows);
  const auto y = golden.y.index_select(0, columns);
  fewer.x = std::make_shared<PointCloud>(x, x);
  fewer.y = std::make_shared<PointCloud>(y, y);
  fewer.a = problem.a.index_select(0, rows);
  fewer.b = problem.b.index_select(0, columns);
  const auto expected = gromov_wasserstein(fewer, GromovGolden::exact());
  EXPECT_NEAR(out.value.item<double>(), expected.value.item<double>(), 1e-11);
  EXPECT_EQ(out.plan[2].abs().sum().item<double>(), 0);
  EXPECT_EQ(out.plan.select(1, 5).abs().sum().item<double>(), 0);
}

TEST(GromovWasserstein, NotSymmetricMatricesReachAStationaryPoint) {
  const GromovGolden golden;
  auto problem = golden.matrices(.05);
  const auto skew = .2 * at::sin(at::arange(100, at::kDouble)).square().reshape({10, 10});
  const auto c1 = square_distances(golden.x, golden.x) + skew;
  const auto c2 = square_distances(golden.y, golden.y);
  problem.x = std::make_shared<DenseCost>(c1);
  const auto out = gromov_wasserstein(problem, GromovGolden::exact());
  EXPECT_TRUE(out.converged()) << out.change;
  EXPECT_NEAR(out.gromov_cost, gromov_by_definition(GromovLoss::kSquare, c1, c2, out.plan), 1e-13);
  // Transposing both matrices is the same problem; transposing one is not.
  problem.x = std::make_shared<DenseCost>(c1.t().contiguous());
  problem.y = std::make_shared<DenseCost>(c2.t().contiguous());
  const auto turned = gromov_wasserstein(problem, GromovGolden::exact());
  EXPECT_NEAR(turned.value.item<double>(), out.value.item<double>(), 1e-11);
}

}  // namespace brenier::ot
