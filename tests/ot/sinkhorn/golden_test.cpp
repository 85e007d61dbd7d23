// Numbers of the layer's golden cases 1 to 8, 11, 13, 16 and 31 on the data of golden_data.h, each named by its number.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "ot/geometry/dense_cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/golden_data.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ot {

class SinkhornGolden : public testing::TestWithParam<at::ScalarType> {
 protected:
  // 1e-10 relative in float64, 1e-4 in float32.
  [[nodiscard]] double tolerance(double expected) const {
    return std::max(std::abs(expected), 1.0) * (GetParam() == at::kDouble ? 1e-10 : 1e-4);
  }
  void expect(double found, double expected) const { EXPECT_NEAR(found, expected, tolerance(expected)); }
  [[nodiscard]] GoldenProblem golden(double epsilon) const { return GoldenProblem(8, 11, 2, epsilon, GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Types, SinkhornGolden, testing::Values(at::kDouble, at::kFloat),
                         [](const auto& type) { return type.param == at::kDouble ? "float64" : "float32"; });

TEST_P(SinkhornGolden, Case01To04BalancedValuesAndPotentials) {
  struct Row {
    double epsilon, value, cost, sum;
  };
  for (const auto& row : {Row{.5, .3803865843743521, .3505039036469899, -1.7675062702797106},
                          Row{.1, .30363559282975433, .2467065168256762, -.12594297810105703},
                          Row{.05, .26695274910708655, .21979924820143126, .05216346364168141},
                          Row{.01, .21998073691877681, .20581015855104848, .17702287982569664}}) {
    const auto golden = this->golden(row.epsilon);
    const auto out = sinkhorn(golden.problem, golden.exact());
    expect(out.value.item<double>(), row.value);
    expect(out.transport_cost, row.cost);
    expect(((golden.problem.a * out.f).sum() + (golden.problem.b * out.g).sum()).item<double>(), row.sum);
    EXPECT_TRUE(out.converged()) << out.marginal_error;
    ASSERT_TRUE(out.gap);
    EXPECT_LT(*out.gap, GetParam() == at::kDouble ? 1e-10 : 1e-3);
  }
  const auto wide = golden(.5);
  const auto first = sinkhorn(wide.problem, wide.exact());
  expect(first.f[0].item<double>(), .040725361487);
  expect(first.f[1].item<double>(), -.125088621518);
  expect(first.f[2].item<double>(), .193259499888);
  const auto second = sinkhorn(golden(.1).problem, golden(.1).exact());
  expect(second.f[0].item<double>(), -.041457217958);
  expect(second.f[2].item<double>(), .252502931644);
  expect(second.g[0].item<double>(), -.294895891408);
  expect(second.g[2].item<double>(), .187791637037);
}

TEST_P(SinkhornGolden, Case05UnbalancedWithTheProductReference) {
  struct Row {
    double tau_a, tau_b, value, mass, slope;
  };
  for (const auto& row : {Row{.9, .9, .3659786355285918, 1.0705375602481138, -.09726138766576},
                          Row{.5, .5, .20825132647467967, .6391622450844014, -.05480331766},
                          Row{1, .8, .449873603408791, 1.5, -.11828918670045}}) {
    auto golden = this->golden(.1);
    golden.problem.a = golden.problem.a * 1.5;
    golden.problem.penalty_a = MarginalPenalty::tau(row.tau_a);
    golden.problem.penalty_b = MarginalPenalty::tau(row.tau_b);
    const auto out = sinkhorn(golden.problem, golden.exact());
    EXPECT_TRUE(out.converged()) << out.marginal_error;
    expect(out.value.item<double>(), row.value);
    double mass = 0;
    for (const double part : out.record->solution.column_mass) mass += part;
    expect(mass, row.mass);
    const auto gradient = torch::autograd::grad({out.value}, {golden.x()})[0];
    expect(gradient[0][0].item<double>(), row.slope);
    ASSERT_TRUE(out.gap);
    EXPECT_LT(*out.gap, GetParam() == at::kDouble ? 1e-9 : 1e-3);
  }
}

TEST_P(SinkhornGolden, Case06UnbalancedWithTheCountingReference) {
  struct Row {
    double tau_a, tau_b, mass, f0;
  };
  for (const auto& row : {Row{.9, .9, 1.3138172903364418, .060410912539}, Row{.5, .5, 2.362346575091597, NAN},
                          Row{.9, 1, 1.0, NAN}, Row{1, .8, 1.5, -.02787598109782}, Row{1, .9, 1.5, .18541310491078}}) {
    auto golden = this->golden(.1);
    golden.problem.a = golden.problem.a * 1.5;
    golden.problem.reference = Reference::kCounting;
    golden.problem.penalty_a = MarginalPenalty::tau(row.tau_a);
    golden.problem.penalty_b = MarginalPenalty::tau(row.tau_b);
    const auto out = sinkhorn(golden.problem, golden.exact());
    EXPECT_TRUE(out.converged()) << out.marginal_error;
    double mass = 0;
    for (const double part : out.record->solution.column_mass) mass += part;
    expect(mass, row.mass);
    if (!std::isnan(row.f0)) expect(out.f[0].item<double>(), row.f0);
  }
}

TEST_P(SinkhornGolden, Case08EnvelopeGradients) {
  const auto golden = this->golden(.1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto gradients = torch::autograd::grad({out.value}, {golden.x(), golden.problem.a, golden.problem.epsilon});
  expect(gradients[0][0][0].item<double>(), -.10090255178425798);
  expect(gradients[0].norm().item<double>(), .3227171697496765);
  expect((gradients[1][0] - gradients[1][1]).item<double>(), .10223808402918202);
  expect(gradients[2].item<double>(), .569290760040781);
}

TEST_P(SinkhornGolden, Case09ImplicitGradientsOfAPotential) {
  const auto golden = this->golden(.1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  auto weights = at::cos(at::arange(8, at::kDouble));
  weights = (weights - weights.mean()).to(GetParam());
  const auto loss = (weights * out.f).sum();
  expect(loss.item<double>(), -.013964793344980537);
  const auto gradients =
      torch::autograd::grad({loss}, {golden.x(), golden.problem.a, golden.problem.b, golden.problem.epsilon});
  expect(gradients[0][0][0].item<double>(), -.4546600262254983);
  expect(gradients[0][3][1].item<double>(), .19219237805300765);
  expect(gradients[0].norm().item<double>(), 1.774173967920998);
  expect((gradients[1][0] - gradients[1][1]).item<double>(), -.18190705499701154);
  expect((gradients[2][0] - gradients[2][1]).item<double>(), .35796531286660466);
  expect(gradients[3].item<double>(), .3784421746955775);
}

TEST_P(SinkhornGolden, Case10ImplicitGradientsThroughThePlan) {
  const auto golden = this->golden(.1);
  const auto out = sinkhorn(golden.problem, golden.exact());
  const auto cost = golden.problem.geometry->cost_matrix();
  const auto plan = ((out.f.unsqueeze(1) + out.g.unsqueeze(0) - cost) / golden.problem.epsilon).exp();
  const auto i = at::arange(8, at::kDouble).unsqueeze(1);
  const auto j = at::arange(11, at::kDouble).unsqueeze(0);
  const auto loss = (at::cos(i + 2 * j).to(GetParam()) * plan).sum();
  expect(loss.item<double>(), .15947398474070823);
  const auto gradients = torch::autograd::grad({loss}, {golden.x(), golden.problem.epsilon});
  expect(gradients[0][0][0].item<double>(), .049440371612651204);
  expect(gradients[0].norm().item<double>(), .45540803916661937);
  if (GetParam() == at::kDouble) {
    EXPECT_NEAR(gradients[1].item<double>(), -.716458152984, 1e-9);
  }
}

TEST_P(SinkhornGolden, Case11HessianVectorProduct) {
  const auto golden = this->golden(.1);
  auto detached = golden.problem;
  detached.epsilon = golden.problem.epsilon.detach();
  const auto out = sinkhorn(detached, golden.exact());
  const auto v = at::sin(at::arange(1, 17, at::kDouble)).reshape({8, 2}).to(GetParam());
  const auto direct = sinkhorn_hvp(out, {v, {}, {}, {}, {}}).row_leaf;
  expect(direct[0][0].item<double>(), .131418992212);
  expect(direct[0][1].item<double>(), .0511181001);
  expect((v * direct).sum().item<double>(), .9194157413567623);
  // The same by differentiating the gradient.
  const auto gradient = torch::autograd::grad({out.value}, {golden.x()}, {}, true, true)[0];
  const auto twice = torch::autograd::grad({(gradient * v).sum()}, {golden.x()})[0];
  EXPECT_TRUE(at::allclose(twice, direct, 1e-12, 1e-12));
}

TEST_P(SinkhornGolden, Case12ImplicitGradientsOfUnbalancedProblems) {
  struct Row {
    double tau_a, tau_b, loss, slope, norm;
  };
  auto weights = at::cos(at::arange(8, at::kDouble));
  weights = (weights - weights.mean()).to(GetParam());
  for (const auto& row : {Row{.9, .9, -.011320119208287946, -.3504081390882449, 1.350317170198852},
                          Row{1, .8, -.018666495744771448, -.38012675911999166, 1.4898254883545157}}) {
    auto golden = this->golden(.1);
    const auto a = (golden.problem.a.detach() * 1.5).requires_grad_(true);
    golden.problem.a = a;
    golden.problem.reference = Reference::kCounting;
    golden.problem.penalty_a = MarginalPenalty::tau(row.tau_a);
    golden.problem.penalty_b = MarginalPenalty::tau(row.tau_b);
    const auto out = sinkhorn(golden.problem, golden.exact());
    const auto loss = (weights * out.f).sum();
    expect(loss.item<double>(), row.loss);
    const auto gradients =
        torch::autograd::grad({loss}, {golden.x(), a, golden.problem.b, golden.problem.epsilon}, {}, true);
    expect(gradients[0][0][0].item<double>(), row.slope);
    expect(gradients[0].norm().item<double>(), row.norm);
    if (row.tau_a == .9) {
      expect(gradients[1][0].item<double>(), .26049989451335387);
      expect(gradients[2][2].item<double>(), .692166254179925);
      // With tau held; the number is a finite difference.
      EXPECT_NEAR(gradients[3].item<double>(), .46389994, GetParam() == at::kDouble ? 1e-8 : 1e-4);
      golden.problem.penalty_a = golden.problem.penalty_b = MarginalPenalty::rho(.9);
      const auto by_rho = sinkhorn(golden.problem, golden.exact());
      const auto slope = torch::autograd::grad({(weights * by_rho.f).sum()}, {golden.problem.epsilon})[0];
      expect(slope.item<double>(), .423177431171246);
      golden.problem.reference = Reference::kProduct;
      const auto value = sinkhorn(golden.problem, golden.exact()).value;
      const auto envelope = torch::autograd::grad({value}, {a, golden.problem.epsilon});
      expect(envelope[0][0].item<double>(), .22008490757615617);
      expect(envelope[1].item<double>(), .6670902751424088);
    }
  }
}

TEST_P(SinkhornGolden, Case13ZeroWeightsAreAsIfTheRowsWereNotThere) {
  auto golden = this->golden(.1);
  auto a = golden.problem.a.detach().clone();
  auto b = golden.problem.b.detach().clone();
  a[0] = 0;
  b[3] = 0;
  a = (a / a.sum()).requires_grad_(true);
  b = (b / b.sum()).requires_grad_(true);
  golden.problem.a = a;
  golden.problem.b = b;
  const auto out = sinkhorn(golden.problem, golden.exact());
  expect(out.value.item<double>(), .2862653103048409);
  EXPECT_EQ(out.f[0].item<double>(), -std::numeric_limits<double>::infinity());

  const auto keep_rows = at::arange(1, 8);
  const auto keep_columns = at::cat({at::arange(0, 3), at::arange(4, 11)});
  LinearProblem small = linear_problem(
      std::make_shared<PointCloud>(golden.x().index_select(0, keep_rows), golden.y().index_select(0, keep_columns)),
      .1);
  small.a = a.detach().index_select(0, keep_rows);
  small.b = b.detach().index_select(0, keep_columns);
  expect(sinkhorn(small, golden.exact()).value.item<double>(), .2862653103048409);

  for (const auto& loss : {out.value, (out.f.slice(0, 1) * at::arange(7)).sum()}) {
    const auto gradients = torch::autograd::grad({loss}, {golden.x(), golden.y(), a, b}, {}, true);
    for (const auto& gradient : gradients) EXPECT_TRUE(at::isfinite(gradient).all().item<bool>());
    EXPECT_EQ(gradients[0][0].abs().sum().item<double>(), 0);
    EXPECT_EQ(gradients[1][3].abs().sum().item<double>(), 0);
    EXPECT_EQ(gradients[2][0].item<double>(), 0);
    EXPECT_EQ(gradients[3][3].item<double>(), 0);
  }
}

TEST_P(SinkhornGolden, Case33DiracToDirac) {
  auto cost = (at::arange(16, at::kDouble).reshape({4, 4}) / 4).to(GetParam()).requires_grad_(true);
  auto problem = linear_problem(std::make_shared<DenseCost>(cost), .1);
  problem.a = at::tensor({0., 1., 0., 0.}, at::kDouble).to(GetParam());
  problem.b = at::tensor({1., 0., 0., 0.}, at::kDouble).to(GetParam());
  const auto out = sinkhorn(problem);
  EXPECT_TRUE(out.converged());
  expect(out.value.item<double>(), 1.0);
  const auto gradient = torch::autograd::grad({out.value}, {cost})[0];
  EXPECT_EQ(gradient[1][0].item<double>(), 1);
  EXPECT_EQ(gradient.abs().sum().item<double>(), 1);
}

}  // namespace brenier::ot
