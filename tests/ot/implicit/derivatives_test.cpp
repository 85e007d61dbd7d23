// Every derivative of a Sinkhorn solution against central finite differences, in every mode.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>

#include "core/error.h"
#include "core/random.h"
#include "ot/cost/cost.h"
#include "ot/cost/custom_cost.h"
#include "ot/geometry/dense_cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/sinkhorn/sinkhorn.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

// A mode of the solver and the problem that it is tried on.
struct Mode {
  std::string name;
  int n = 8;
  int m = 11;
  std::string cost = "sqeuclidean";
  Reference reference = Reference::kProduct;
  MarginalPenalty a = {};
  MarginalPenalty b = {};
  double a_mass = 1;
  bool zero_weights = false;
  double epsilon = .1;
};

void PrintTo(const Mode& mode, std::ostream* out) { *out << mode.name; }

// The inputs that derivatives are taken in, as one list: x, y, a, b, epsilon.
struct Inputs {
  std::vector<at::Tensor> parts;
  [[nodiscard]] Inputs moved(const std::vector<at::Tensor>& by, double step) const {
    Inputs out;
    for (std::size_t k = 0; k < parts.size(); ++k) out.parts.push_back((parts[k] + step * by[k]).detach());
    return out;
  }
  void ask() {
    for (auto& part : parts) part = part.detach().clone().requires_grad_(true);
  }
};

std::shared_ptr<const Cost> cost_of(const std::string& name) {
  if (name != "custom") return cost_by_name(name);
  // Not symmetric on purpose.
  return std::make_shared<CustomCost>("custom", [](const at::Tensor& x, const at::Tensor& y) {
    const auto z = x.unsqueeze(1) - y.unsqueeze(0);
    return (z.square().sum(2) + 0.3).sqrt() + 0.2 * at::sin(x.sum(1)).unsqueeze(1) * y.select(1, 0).unsqueeze(0) + 0.5;
  });
}

class SinkhornDerivatives : public testing::TestWithParam<Mode> {
 protected:
  SinkhornDerivatives() {
    const auto& mode = GetParam();
    const auto data = golden_data(mode.n, mode.m, 2);
    auto a = tensor(data.a, {mode.n}) * mode.a_mass;
    auto b = tensor(data.b, {mode.m});
    if (mode.zero_weights) {
      a[2] = 0;
      b[0] = 0;
      b[5] = 0;
      a = a / a.sum() * mode.a_mass;
      b = b / b.sum();
    }
    base_.parts = {tensor(data.x, {mode.n, 2}), tensor(data.y, {mode.m, 2}), a, b,
                   at::scalar_tensor(mode.epsilon, at::kDouble)};
    RandomStream random(3, "tests/ot/derivatives");
    for (const auto& part : base_.parts) {
      auto direction = at::zeros_like(part);
      for (std::int64_t k = 0; k < direction.numel(); ++k) direction.view(-1)[k] = random.normal();
      directions_.push_back(direction);
    }
    // Zero weights stay zero; balanced masses stay equal.
    directions_[2] = directions_[2] * (a > 0) * 0.1;
    directions_[3] = directions_[3] * (b > 0) * 0.1;
    if (mode.a.balanced() && mode.b.balanced()) {
      directions_[2] = directions_[2] - (a > 0) * directions_[2].sum() / (a > 0).sum();
      directions_[3] = directions_[3] - (b > 0) * directions_[3].sum() / (b > 0).sum();
    }
    directions_[4] = directions_[4] * 0.1;
    const auto weigh = [&](const at::Tensor& like) { return at::cos(at::arange(like.numel(), at::kDouble) + 0.4); };
    w_f_ = weigh(a).masked_fill(a == 0, 0);
    w_g_ = weigh(b).masked_fill(b == 0, 0);
  }

  [[nodiscard]] static SinkhornOutput solve(const Inputs& inputs) {
    const auto& mode = GetParam();
    LinearProblem problem;
    problem.geometry = std::make_shared<PointCloud>(inputs.parts[0], inputs.parts[1], cost_of(mode.cost));
    problem.a = inputs.parts[2];
    problem.b = inputs.parts[3];
    problem.epsilon = inputs.parts[4];
    problem.reference = mode.reference;
    problem.penalty_a = mode.a;
    problem.penalty_b = mode.b;
    SinkhornSettings settings;
    settings.threshold = 1e-13;
    settings.implicit.tolerance = 1e-13;
    settings.certify = false;
    const auto out = sinkhorn(problem, settings);
    EXPECT_LT(out.marginal_error, 1e-12);
    return out;
  }
  // A loss of the potentials, not invariant under the gauge: its derivative must be that of mean f = 0.
  [[nodiscard]] at::Tensor potential_loss(const SinkhornOutput& out) const {
    const auto finite = [](const at::Tensor& potential) {
      return at::where(at::isfinite(potential), potential, at::zeros_like(potential));
    };
    return (w_f_ * finite(out.f)).sum() + 0.7 * (w_g_ * finite(out.g)).sum();
  }
  // Central differences of fourth order along one part's direction.
  [[nodiscard]] double difference(std::size_t part, const std::function<double(const Inputs&)>& function) const {
    std::vector<at::Tensor> along;
    for (std::size_t k = 0; k < base_.parts.size(); ++k)
      along.push_back(k == part ? directions_[k] : at::zeros_like(base_.parts[k]));
    // Small where a cost has kinks between points.
    const double point_step = GetParam().cost == "sqeuclidean" ? 1e-3 : GetParam().cost == "arccos" ? 1e-5 : 1e-4;
    const double h = part == 4 ? 2e-2 * GetParam().epsilon : part >= 2 ? 5e-3 : point_step;
    const double scale = part >= 2 && part < 4 ? 0.2 : 1;
    const auto at_step = [&](double step) { return function(base_.moved(along, step * scale)); };
    return (8 * (at_step(h) - at_step(-h)) - (at_step(2 * h) - at_step(-2 * h))) / (12 * h * scale);
  }
  static void expect_close(double found, double expected, const std::string& what) {
    // Differences of arccos near its kinks in the plane carry fewer digits.
    const double tolerance = GetParam().cost == "arccos" ? 3e-6 : 1e-7;
    EXPECT_NEAR(found, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
  }

  Inputs base_;
  std::vector<at::Tensor> directions_;
  at::Tensor w_f_;
  at::Tensor w_g_;
  const std::vector<std::string> names_{"x", "y", "a", "b", "epsilon"};
};

INSTANTIATE_TEST_SUITE_P(
    Modes, SinkhornDerivatives,
    testing::Values(
        Mode{"Balanced"}, Mode{"BalancedCounting", 8, 11, "sqeuclidean", Reference::kCounting},
        Mode{"MoreRowsThanColumns", 13, 6},
        Mode{"ZeroWeights", 8, 11, "sqeuclidean", Reference::kProduct, {}, {}, 1, true},
        Mode{"Tau", 8, 11, "sqeuclidean", Reference::kProduct, MarginalPenalty::tau(.9), MarginalPenalty::tau(.7), 1.5},
        Mode{"TauCounting", 8, 11, "sqeuclidean", Reference::kCounting, MarginalPenalty::tau(.9),
             MarginalPenalty::tau(.7), 1.5},
        Mode{"Rho", 8, 11, "sqeuclidean", Reference::kProduct, MarginalPenalty::rho(.4), MarginalPenalty::rho(1.3),
             1.5},
        Mode{"RhoCounting", 8, 11, "sqeuclidean", Reference::kCounting, MarginalPenalty::rho(.4),
             MarginalPenalty::rho(1.3), 1.5},
        Mode{"SemiUnbalanced", 8, 11, "sqeuclidean", Reference::kProduct, {}, MarginalPenalty::tau(.8), 1.5},
        Mode{"SemiUnbalancedCounting", 8, 11, "sqeuclidean", Reference::kCounting, MarginalPenalty::rho(.5), {}, 1.5},
        Mode{"ZeroWeightsUnbalanced", 8, 11, "sqeuclidean", Reference::kProduct, MarginalPenalty::tau(.9),
             MarginalPenalty::tau(.7), 1.5, true},
        Mode{"Euclidean", 8, 11, "euclidean"}, Mode{"PNorm", 8, 11, "pnorm:3"},
        Mode{"PNormPower", 8, 11, "pnorm:2.5:2"}, Mode{"Cosine", 8, 11, "cosine"}, Mode{"Arccos", 8, 11, "arccos"},
        Mode{"ArccosMargin", 8, 11, "arccos:1e-2"}, Mode{"Custom", 6, 5, "custom"},
        Mode{"CustomUnbalanced", 6, 5, "custom", Reference::kProduct, MarginalPenalty::tau(.9),
             MarginalPenalty::tau(.7), 1.5}),
    [](const auto& mode) { return mode.param.name; });

TEST_P(SinkhornDerivatives, OfTheValueAreTheEnvelope) {
  auto inputs = base_;
  inputs.ask();
  const auto gradients = torch::autograd::grad({solve(inputs).value}, inputs.parts);
  for (std::size_t part = 0; part < 5; ++part) {
    const double expected = difference(part, [](const Inputs& at) { return solve(at).dual; });
    expect_close((gradients[part] * directions_[part]).sum().item<double>(), expected, names_[part]);
  }
}

TEST_P(SinkhornDerivatives, OfPotentialsAreImplicit) {
  auto inputs = base_;
  inputs.ask();
  const auto gradients = torch::autograd::grad({potential_loss(solve(inputs))}, inputs.parts);
  for (std::size_t part = 0; part < 5; ++part) {
    const double expected =
        difference(part, [this](const Inputs& at) { return potential_loss(solve(at)).item<double>(); });
    expect_close((gradients[part] * directions_[part]).sum().item<double>(), expected, names_[part]);
  }
}

TEST_P(SinkhornDerivatives, ForwardModeIsTheTransposeOfBackward) {
  auto inputs = base_;
  inputs.ask();
  const auto out = solve(inputs);
  const auto gradients = torch::autograd::grad({potential_loss(out)}, inputs.parts, {}, true);
  const auto of_value = torch::autograd::grad({out.value}, inputs.parts);
  const auto moved =
      sinkhorn_jvp(out, {directions_[0], directions_[1], directions_[2], directions_[3], directions_[4]});
  double pulled = 0;
  double value = 0;
  for (std::size_t part = 0; part < 5; ++part) {
    pulled += (gradients[part] * directions_[part]).sum().item<double>();
    value += (of_value[part] * directions_[part]).sum().item<double>();
  }
  const double pushed = ((w_f_ * moved.f).sum() + 0.7 * (w_g_ * moved.g).sum()).item<double>();
  EXPECT_NEAR(pushed, pulled, 1e-9 * std::max(1.0, std::abs(pulled)));
  EXPECT_NEAR(moved.value.item<double>(), value, 1e-10 * std::max(1.0, std::abs(value)));
}

TEST_P(SinkhornDerivatives, SecondDerivativesOfTheValue) {
  auto inputs = base_;
  inputs.ask();
  inputs.parts[4] = inputs.parts[4].detach();
  const auto out = solve(inputs);
  const std::vector<at::Tensor> leaves(inputs.parts.begin(), inputs.parts.begin() + 4);
  const auto first = torch::autograd::grad({out.value}, leaves, {}, true, true);
  auto loss = at::zeros({}, at::kDouble);
  for (std::size_t k = 0; k < 4; ++k) loss = loss + (first[k] * directions_[k]).sum();
  const auto second = torch::autograd::grad({loss}, leaves);
  const auto direct = sinkhorn_hvp(out, {directions_[0], directions_[1], directions_[2], directions_[3], {}});
  EXPECT_TRUE(at::allclose(direct.row_leaf, second[0], 1e-12, 1e-12));
  EXPECT_TRUE(at::allclose(direct.b, second[3], 1e-12, 1e-12));
  // The slope along the directions, as a function of the inputs; in a balanced problem only where masses stay equal.
  const auto slope = [this](const Inputs& at) {
    auto asked = at;
    asked.ask();
    const auto gradients = torch::autograd::grad({solve(asked).value}, asked.parts);
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += (gradients[k] * directions_[k]).sum().item<double>();
    return sum;
  };
  for (std::size_t part = 0; part < 4; ++part)
    expect_close((second[part] * directions_[part]).sum().item<double>(), difference(part, slope), names_[part]);
}

TEST(SinkhornGradient, Case27OfACostMatrixIsThePlan) {
  const auto data = golden_data(7, 9, 2);
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    auto cost = tensor(data.cost, {7, 9}).to(dtype).requires_grad_(true);
    SinkhornSettings settings;
    settings.threshold = dtype == at::kDouble ? 1e-13 : 1e-6;
    const auto solve = [&](const at::Tensor& matrix) {
      return sinkhorn(linear_problem(std::make_shared<DenseCost>(matrix), .5), settings);
    };
    const auto out = solve(cost);
    const auto gradient = torch::autograd::grad({out.value}, {cost}, {}, true)[0];
    const auto plan = ((out.f.unsqueeze(1) + out.g.unsqueeze(0) - cost) / .5).exp();
    const double tolerance = dtype == at::kDouble ? 1e-12 : 1e-5;
    EXPECT_TRUE(at::allclose(gradient, plan, tolerance, tolerance));
    const auto step = at::zeros({7, 9}, dtype);
    step[2][3] = dtype == at::kDouble ? 1e-5 : 1e-2;
    const double difference =
        (solve(cost.detach() + step).dual - solve(cost.detach() - step).dual) / (2 * step[2][3].item<double>());
    EXPECT_NEAR(gradient[2][3].item<double>(), difference, dtype == at::kDouble ? 1e-9 : 1e-4);
    const auto weights = at::cos(at::arange(7, dtype));
    const auto implicit = torch::autograd::grad({(weights * out.f).sum()}, {cost})[0];
    const double moved = ((weights * (solve(cost.detach() + step).f - solve(cost.detach() - step).f)).sum() /
                          (2 * step[2][3].item<double>()))
                             .item<double>();
    EXPECT_NEAR(implicit[2][3].item<double>(), moved, dtype == at::kDouble ? 1e-8 : 1e-2);
  }
}

TEST(SinkhornGradient, OfPotentialsInFloat32) {
  const auto data = golden_data(20, 15, 2);
  const auto gradient = [&](at::ScalarType dtype) {
    auto x = tensor(data.x, {20, 2}).to(dtype).requires_grad_(true);
    const auto cloud = std::make_shared<PointCloud>(x, tensor(data.y, {15, 2}).to(dtype));
    SinkhornSettings settings;
    settings.threshold = 1e-5;
    const auto out = sinkhorn(linear_problem(cloud, .05), settings);
    return torch::autograd::grad({(at::cos(at::arange(20, dtype)) * out.f).sum()}, {x})[0].to(at::kDouble);
  };
  EXPECT_TRUE(at::allclose(gradient(at::kFloat), gradient(at::kDouble), 1e-2, 1e-2));
}

TEST(SinkhornGradient, SaysWhenItIsAskedTwiceForPotentials) {
  const auto data = golden_data(5, 4, 2);
  auto x = tensor(data.x, {5, 2}).requires_grad_(true);
  const auto out = sinkhorn(linear_problem(std::make_shared<PointCloud>(x, tensor(data.y, {4, 2})), .1));
  const auto first = torch::autograd::grad({(out.f * at::arange(5)).sum()}, {x}, {}, true, true)[0];
  EXPECT_THROW(std::ignore = torch::autograd::grad({first.square().sum()}, {x}), std::exception);
}

TEST(SinkhornGradient, RefusesMovesOfUnequalMassWhenBalanced) {
  const auto data = golden_data(5, 4, 2);
  const auto out =
      sinkhorn(linear_problem(std::make_shared<PointCloud>(tensor(data.x, {5, 2}), tensor(data.y, {4, 2})), .1));
  EXPECT_THROW(std::ignore = sinkhorn_jvp(out, {{}, {}, at::ones(5, at::kDouble), {}, {}}), Error);
  EXPECT_THROW(std::ignore = sinkhorn_jvp(out, {at::ones({5, 3}, at::kDouble), {}, {}, {}, {}}), Error);
}

}  // namespace brenier::ot
