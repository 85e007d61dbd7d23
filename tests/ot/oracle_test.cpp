// Agreement with OTT-JAX on the problems of tests/oracle/ot/ott.json (made by the script beside it).
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/plan/entropic_map.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden_problem.h"
#include "tests/ot/oracle_file.h"

namespace brenier::ot {

class OttOracle : public testing::Test {
 protected:
  [[nodiscard]] const nlohmann::json& entry(const std::string& name) const { return file_.entry(name); }
  static at::Tensor numbers(const nlohmann::json& list, at::IntArrayRef shape) {
    return OracleFile::numbers(list, shape);
  }
  static void expect_near(const at::Tensor& found, const at::Tensor& expected, double tolerance) {
    EXPECT_LT((found.detach() - expected).abs().max().item<double>(), tolerance);
  }
  static at::Tensor weights(std::int64_t n) {
    const auto w = at::cos(at::arange(n, at::kDouble));
    return w - w.mean();
  }

  OracleFile file_{"ott.json"};
};

TEST_F(OttOracle, BalancedProblemsWithSeveralCosts) {
  struct Row {
    std::string name, cost;
    double factor;  // of our cost in OTT's
  };
  for (const auto& row :
       {Row{"sqeuclidean", "sqeuclidean", 1}, Row{"euclidean", "euclidean", 1},
        Row{"pnormp_1.5", "pnorm:1.5:1.5", 1 / 1.5}, Row{"cosine", "cosine", 1}, Row{"angle", "arccos:1e-4", 1}}) {
    const auto& oracle = entry("balanced_k20_15_3_" + row.name);
    const double epsilon = oracle.at("eps").get<double>();
    GoldenProblem golden(20, 15, 3, epsilon / row.factor, at::kDouble, cost_by_name(row.cost));
    const auto out = sinkhorn(golden.problem, golden.exact());
    // OTT's cosine divides by |x| |y| + 1e-8.
    const double tolerance = row.name == "cosine" ? 1e-7 : 1e-10;
    EXPECT_NEAR(row.factor * out.dual, oracle.at("reg_ot_cost").get<double>(), tolerance) << row.name;
    EXPECT_NEAR(row.factor * out.transport_cost, oracle.at("primal_cost").get<double>(), tolerance) << row.name;
    const auto f = numbers(oracle.at("f"), {20});
    expect_near(row.factor * out.f, f - f.mean(), 10 * tolerance);
  }
}

TEST_F(OttOracle, ImplicitGradients) {
  for (const auto& [n, m, d] : {std::tuple{8, 11, 2}, std::tuple{27, 13, 4}}) {
    const auto& oracle = entry("implicit_k" + std::to_string(n) + "_" + std::to_string(m) + "_" + std::to_string(d));
    const GoldenProblem golden(n, m, d, oracle.at("eps").get<double>());
    const auto out = sinkhorn(golden.problem, golden.exact());
    const auto loss = (weights(n) * out.f).sum();
    EXPECT_NEAR(loss.item<double>(), oracle.at("value").get<double>(), 1e-10);
    const auto gradients = torch::autograd::grad({loss}, {golden.x(), golden.y(), golden.problem.a, golden.problem.b});
    expect_near(gradients[0], numbers(oracle.at("dx"), {n, d}), 1e-8);
    expect_near(gradients[1], numbers(oracle.at("dy"), {m, d}), 1e-8);
    expect_near(gradients[2] - gradients[2].mean(), numbers(oracle.at("da_minus_mean"), {n}), 1e-8);
    expect_near(gradients[3] - gradients[3].mean(), numbers(oracle.at("db_minus_mean"), {m}), 1e-8);
  }
}

TEST_F(OttOracle, UnbalancedProblemsWithTheCountingReference) {
  for (const std::string name : {"0.9_0.9", "0.5_0.5", "1.0_0.8", "0.9_1.0"}) {
    const auto& oracle = entry("unbalanced_counting_" + name);
    GoldenProblem golden(8, 11, 2, .1);
    golden.problem.a = golden.problem.a.detach() * oracle.at("a_times").get<double>();
    golden.problem.penalty_a = MarginalPenalty::tau(oracle.at("tau_a").get<double>());
    golden.problem.penalty_b = MarginalPenalty::tau(oracle.at("tau_b").get<double>());
    golden.problem.reference = Reference::kCounting;
    const auto out = sinkhorn(golden.problem, golden.exact());
    expect_near(out.f, numbers(oracle.at("f"), {8}), 1e-10);
    expect_near(out.g, numbers(oracle.at("g"), {11}), 1e-10);
    EXPECT_NEAR(out.transport_cost, oracle.at("primal_cost").get<double>(), 1e-10);
    const auto gradient = torch::autograd::grad({(weights(8) * out.f).sum()}, {golden.x()})[0];
    expect_near(gradient, numbers(oracle.at("d_loss_dx"), {8, 2}), 1e-8);
  }
}

TEST_F(OttOracle, DivergenceWithItsGradient) {
  const auto& oracle = entry("divergence_k8_11_2");
  const GoldenProblem golden(8, 11, 2, .1);
  DivergenceSettings settings;
  settings.sinkhorn = golden.exact();
  const auto out = sinkhorn_divergence(golden.problem, settings);
  EXPECT_NEAR(out.value.item<double>(), oracle.at("value").get<double>(), 1e-10);
  expect_near(torch::autograd::grad({out.value}, {golden.x()})[0], numbers(oracle.at("dx"), {8, 2}), 1e-9);
}

TEST_F(OttOracle, EntropicMapAtItsOwnAndNewPoints) {
  for (const std::string epsilon : {"0.1", "0.05"}) {
    const auto& oracle = entry("entropic_map_eps_" + epsilon);
    const GoldenProblem golden(8, 11, 2, std::stod(epsilon));
    const auto out = sinkhorn(golden.problem, golden.exact());
    expect_near(barycentric_map(out), numbers(oracle.at("x"), {8, 2}), 1e-10);
    expect_near(barycentric_map(out, Direction::kColumns), numbers(oracle.at("y"), {11, 2}), 1e-10);
    const auto points = numbers(oracle.at("new_points"), {-1, 2});
    expect_near(EntropicMap(out).transport(points), numbers(oracle.at("new_points_forward"), {-1, 2}), 1e-10);
    expect_near(EntropicMap(out, Direction::kColumns).transport(points),
                numbers(oracle.at("new_points_backward"), {-1, 2}), 1e-10);
  }
}

TEST_F(OttOracle, HessianVectorProduct) {
  const auto& oracle = entry("hessian_k5_6_2");
  const GoldenProblem golden(5, 6, 2, .1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto v = at::sin(at::arange(1, 11, at::kDouble)).reshape({5, 2});
  expect_near(sinkhorn_hvp(out, {v, {}, {}, {}, {}}).row_leaf, numbers(oracle.at("Hv"), {5, 2}), 1e-9);
}

}  // namespace brenier::ot
