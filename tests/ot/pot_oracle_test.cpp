// Agreement with POT on the problems of tests/oracle/ot/pot.json (made by the script beside it). Barycentres,
// Gromov-Wasserstein and low rank have tests of their own.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/exact/exact_transport.h"
#include "ot/exact/wasserstein_1d.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden/golden_case.h"
#include "tests/ot/golden_problem.h"
#include "tests/ot/oracle_file.h"

namespace brenier::ot::pot_oracle_test {

using golden_case::difference;
using golden_case::exact;

// K(n, m, d) as tensors.
struct Data {
  Data(int n, int m, int d) {
    const auto data = golden_data(n, m, d);
    x = tensor(data.x, {n, d});
    y = tensor(data.y, {m, d});
    a = tensor(data.a, {n});
    b = tensor(data.b, {m});
    cost = tensor(data.cost, {n, m});
  }
  at::Tensor x, y, a, b, cost;
};

class PotOracle : public testing::Test {
 protected:
  [[nodiscard]] const nlohmann::json& entry(const std::string& name) const { return file_.entry(name); }
  [[nodiscard]] double number(const std::string& name, const std::string& key) const {
    return OracleFile::number(entry(name).at(key));
  }
  // 1e-10 relative, or absolute below 1.
  static void expect(double found, double expected) {
    EXPECT_NEAR(found, expected, 1e-10 * std::max(1.0, std::abs(expected)));
  }

  OracleFile file_{"pot.json"};
};

TEST_F(PotOracle, ExactTransport) {
  for (const auto& [n, m, d] : {std::tuple{8, 11, 2}, std::tuple{30, 30, 3}}) {
    const auto& oracle = entry("emd_k" + std::to_string(n) + "_" + std::to_string(m) + "_" + std::to_string(d));
    const Data data(n, m, d);
    const auto out = exact_transport(data.cost, data.a, data.b);
    expect(out.value.item<double>(), oracle.at("value").get<double>());
    // The optimal plan is unique here, the potentials need not be: theirs are feasible and worth the same.
    EXPECT_EQ(out.plan._nnz(), oracle.at("nonzeros").get<std::int64_t>());
    const auto u = OracleFile::numbers(oracle.at("u"), {n});
    const auto v = OracleFile::numbers(oracle.at("v"), {m});
    expect((data.a * u).sum().item<double>() + (data.b * v).sum().item<double>(), out.value.item<double>());
    EXPECT_GT((data.cost - out.f.unsqueeze(1) - out.g.unsqueeze(0)).min().item<double>(), -1e-13);
    expect((data.a * out.f).sum().item<double>() + (data.b * out.g).sum().item<double>(),
           oracle.at("value").get<double>());
  }
  const Data data(60, 50, 2);
  expect(exact_transport(data.cost, data.a, data.b).value.item<double>(), number("low_rank_k60_50_2", "exact"));
}

TEST_F(PotOracle, Assignments) {
  const Data data(30, 30, 3);
  for (const std::string power : {"", "_euclidean"}) {
    const auto& oracle = entry("emd_k30_30_3_equal_weights" + power);
    const auto out = exact_transport(power.empty() ? data.cost : data.cost.sqrt(), {}, {}, {.dense_plan = true});
    EXPECT_EQ(out.method, "assignment");
    expect(out.value.item<double>(), oracle.at("value").get<double>());
    const auto columns = OracleFile::numbers(oracle.at("assignment"), {30}).to(at::kLong);
    EXPECT_TRUE(at::equal(out.plan.argmax(1), columns));
  }
}

TEST_F(PotOracle, TransportOnTheLine) {
  const Data data(8, 11, 2);
  const auto value = [&](Index k, double p) {
    return wasserstein_1d(data.x.select(1, k), data.y.select(1, k), data.a, data.b, p).item<double>();
  };
  expect(value(0, 2), number("emd_1d_k8_11_2_first", "w2_squared"));
  expect(value(0, 1), number("emd_1d_k8_11_2_first", "w1"));
  expect(value(0, 1.5), number("emd_1d_k8_11_2_first", "power_1.5"));
  expect(value(0, 3), number("emd_1d_k8_11_2_first", "power_3"));
  expect(value(1, 2), number("emd_1d_k8_11_2_second", "w2_squared"));
  expect(value(1, 1), number("emd_1d_k8_11_2_second", "w1"));
}

TEST_F(PotOracle, SlicesAlongGivenDirections) {
  const auto& oracle = entry("sliced_k8_11_3");
  const Data data(8, 11, 3);
  const auto directions = OracleFile::numbers(oracle.at("projections"), {20, 3});
  double squares = 0;
  double sum = 0;
  double largest = 0;
  for (Index l = 0; l < 20; ++l) {
    const auto x = data.x.mv(directions[l]);
    const auto y = data.y.mv(directions[l]);
    const double square = wasserstein_1d(x, y, data.a, data.b, 2).item<double>();
    squares += square / 20;
    sum += wasserstein_1d(x, y, data.a, data.b, 1).item<double>() / 20;
    largest = std::max(largest, std::sqrt(square));
  }
  expect(std::sqrt(squares), oracle.at("p2").get<double>());
  expect(sum, oracle.at("p1").get<double>());
  expect(largest, oracle.at("max_p2").get<double>());
}

TEST_F(PotOracle, UnbalancedPlansWithBothReferences) {
  const Data data(8, 11, 2);
  const auto a = 1.5 * data.a;
  for (const std::string kind : {"kl", "entropy"}) {
    for (const std::string name :
         {"0.1_0.9_0.9", "0.1_0.1_0.1", "0.1_inf_0.4", "0.1_0.9_inf", "0.1_0.4_1.2", "0.5_0.05_2.0", "0.05_1.0_1.0"}) {
      SCOPED_TRACE(kind + " " + name);
      const auto& oracle = entry("unbalanced_" + kind + "_" + name);
      const auto number = [&](const std::string& key) { return OracleFile::number(oracle.at(key)); };
      const double epsilon = number("reg");
      const auto rho = OracleFile::list(oracle.at("reg_m"));
      auto problem = linear_problem(std::make_shared<PointCloud>(data.x, data.y), epsilon);
      problem.a = a;
      problem.b = data.b;
      problem.penalty_a = MarginalPenalty::rho(rho[0]);
      problem.penalty_b = MarginalPenalty::rho(rho[1]);
      problem.reference = reference_by_name(kind == "kl" ? "kl" : "counting");
      const auto out = sinkhorn(problem, exact());
      EXPECT_TRUE(out.converged()) << out.marginal_error;

      const auto plan = dense_plan(out);
      expect(plan.sum().item<double>(), number("mass"));
      expect(out.transport_cost, number("linear"));
      EXPECT_LT(difference(plan.sum(1), OracleFile::numbers(oracle.at("row_sums"), {8})), 1e-11);
      EXPECT_LT(difference(plan.sum(0), OracleFile::numbers(oracle.at("column_sums"), {11})), 1e-11);
      EXPECT_LT(difference(plan[0], OracleFile::numbers(oracle.at("plan_first_row"), {11})), 1e-11);
      // Their value, put together from its parts. Against the all-ones matrix KL counts its mass, 88, which V does not.
      double value = number("linear") + epsilon * (number("kl_plan") - (kind == "kl" ? 0 : 88));
      if (std::isfinite(rho[0])) value += rho[0] * number("kl_rows");
      if (std::isfinite(rho[1])) value += rho[1] * number("kl_columns");
      expect(out.dual, value);
      // Their scaling vectors; two balanced sides apart, potentials have no free constant.
      const bool product = kind == "kl";
      const auto f = epsilon * (OracleFile::numbers(oracle.at("logu"), {8}) + (product ? a.log() : at::zeros_like(a)));
      const auto g =
          epsilon * (OracleFile::numbers(oracle.at("logv"), {11}) + (product ? data.b.log() : at::zeros_like(data.b)));
      EXPECT_LT(difference(out.f, f), 1e-10);
      EXPECT_LT(difference(out.g, g), 1e-10);
    }
  }
}

TEST_F(PotOracle, DivergenceOfIntegers) {
  const auto& oracle = entry("divergence_integers");
  auto problem = linear_problem(std::make_shared<PointCloud>(at::arange(10, at::kDouble).reshape({10, 1}),
                                                             2 * at::arange(10, at::kDouble).reshape({10, 1})),
                                1);
  problem.a = at::arange(1, 11, at::kDouble) / 55;
  DivergenceSettings settings;
  settings.sinkhorn = exact();
  const auto out = sinkhorn_divergence(problem, settings);
  expect(out.value.item<double>(), oracle.at("kl_convention").get<double>());
  expect(out.xy.transport_cost, oracle.at("linear_xy").get<double>());
  expect(out.xx.transport_cost, oracle.at("linear_xx").get<double>());
  ASSERT_TRUE(out.yy);
  expect(out.yy->transport_cost, oracle.at("linear_yy").get<double>());
  expect(out.xy.transport_cost - (out.xx.transport_cost + out.yy->transport_cost) / 2,
         oracle.at("linear_convention").get<double>());
}

}  // namespace brenier::ot::pot_oracle_test
