// torch.ops.brenier through TorchScript: what a scripted module computes, before and after it was saved, is what the
// C++ calls give.
#include <ATen/ATen.h>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/frontend/resolver.h>
#include <torch/csrc/jit/frontend/sugared_value.h>
#include <torch/script.h>

#include <sstream>

#include "ot/batch/sinkhorn_batch.h"
#include "ot/cost/cost.h"
#include "ot/divergence/sinkhorn_divergence.h"
#include "ot/plan/entropic_map.h"
#include "ot/plan/plan.h"
#include "tests/ot/golden_problem.h"

namespace brenier::ops {

// Names `ops` in a script as saved modules name it; Python's compiler writes the same for torch.ops.
struct OpsValue : public torch::jit::SugaredValue {
  [[nodiscard]] std::string kind() const override { return "operators"; }
  std::shared_ptr<torch::jit::SugaredValue> attr(const torch::jit::SourceRange&, torch::jit::GraphFunction&,
                                                 const std::string& library) override {
    return std::make_shared<torch::jit::BuiltinModule>(library);
  }
};

struct OpsResolver : public torch::jit::Resolver {
  std::shared_ptr<torch::jit::SugaredValue> resolveValue(const std::string& name, torch::jit::GraphFunction& method,
                                                         const torch::jit::SourceRange& place) override {
    if (name == "ops") return std::make_shared<OpsValue>();
    return torch::jit::nativeResolver()->resolveValue(name, method, place);
  }
};

class TransportOps : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_NE(dlopen(BRENIER_OPS_LIBRARY, RTLD_NOW | RTLD_LOCAL), nullptr) << dlerror(); }

  // A module with one method, sent through a file once.
  static torch::jit::Module scripted(const std::string& source) {
    torch::jit::Module module("Module");
    module.define(source, std::make_shared<OpsResolver>());
    std::stringstream file;
    module.save(file);
    return torch::jit::load(file);
  }

  static void expect_close(const at::Tensor& found, const at::Tensor& expected) {
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_LE((found - expected).abs().max().item<double>(), 1e-12 * (1 + expected.abs().max().item<double>()));
  }

  ot::GoldenProblem golden_{8, 11, 2, .1};
};

TEST_F(TransportOps, SinkhornInASavedModuleGivesTheNumbersOfTheCppCall) {
  auto module = scripted(R"(
def forward(self, x, y, a, b, epsilon):
    return ops.brenier.sinkhorn(x, y, a, b, epsilon, 0.9, 1.0, 1e-12, 5000, reference="counting")
)");
  auto& problem = golden_.problem;
  problem.penalty_a = ot::MarginalPenalty::tau(.9);
  problem.reference = ot::Reference::kCounting;
  ot::SinkhornSettings settings;
  settings.threshold = 1e-12;
  settings.max_iterations = 5000;
  const auto expected = ot::sinkhorn(problem, settings);
  const auto found =
      module.forward({golden_.x(), golden_.y(), problem.a, problem.b, problem.epsilon}).toTuple()->elements().vec();
  ASSERT_EQ(found.size(), 5U);
  expect_close(found[0].toTensor(), expected.f);
  expect_close(found[1].toTensor(), expected.g);
  expect_close(found[2].toTensor(), expected.value);
  EXPECT_EQ(found[3].toDouble(), expected.marginal_error);
  EXPECT_EQ(found[4].toInt(), expected.iterations);

  const std::vector<at::Tensor> inputs{golden_.x(), golden_.y(), problem.a, problem.b, problem.epsilon};
  const auto loss = [](const at::Tensor& f, const at::Tensor& value) {
    return value + (f * at::cos(at::arange(8, at::kDouble))).sum();
  };
  const auto gradients = torch::autograd::grad({loss(found[0].toTensor(), found[2].toTensor())}, inputs);
  const auto wanted = torch::autograd::grad({loss(expected.f, expected.value)}, inputs);
  for (std::size_t k = 0; k < inputs.size(); ++k) expect_close(gradients[k], wanted[k]);
}

TEST_F(TransportOps, EpsilonMayBeANumberAndDefaultsAreThoseOfTheLayer) {
  auto module = scripted(R"(
def forward(self, x, y):
    near = ops.brenier.sinkhorn(x, y, None, None, 0.2)
    plain = ops.brenier.sinkhorn(x, y)
    line = ops.brenier.sinkhorn(x, y, None, None, 0.5, cost="euclidean", epsilon_scale="mean", init="subsample")
    return near[2], plain[2], line[2]
)");
  const auto found = module.forward({golden_.x(), golden_.y()}).toTuple()->elements().vec();
  const auto value = [&](double epsilon, const std::string& cost, ot::EpsilonScale scale) {
    ot::LinearProblem problem;
    problem.geometry = std::make_shared<ot::PointCloud>(golden_.x(), golden_.y(), ot::cost_by_name(cost));
    if (epsilon > 0) problem.epsilon = at::scalar_tensor(epsilon, at::kDouble);
    problem.epsilon_scale = scale;
    return ot::sinkhorn(problem).value;
  };
  expect_close(found[0].toTensor(), value(.2, "sqeuclidean", ot::EpsilonScale::kNone));
  expect_close(found[1].toTensor(), value(0, "sqeuclidean", ot::EpsilonScale::kNone));
  EXPECT_NEAR(found[2].toTensor().item<double>(), value(.5, "euclidean", ot::EpsilonScale::kMean).item<double>(), 1e-3);
}

TEST_F(TransportOps, DivergenceAndMapGiveTheNumbersOfTheCppCalls) {
  auto module = scripted(R"(
def forward(self, x, y, a, b, epsilon, points):
    s = ops.brenier.sinkhorn_divergence(x, y, a, b, epsilon, 1.0, 1.0, 1e-12)
    t = ops.brenier.entropic_map(x, y, a, b, epsilon, threshold=1e-12)
    u = ops.brenier.entropic_map(x, y, a, b, epsilon, threshold=1e-12, points=points)
    return s[0], t[0], u[0], s[1] + t[1] + u[1]
)");
  const auto& problem = golden_.problem;
  const auto points = golden_.y().detach() * 1.1;
  const auto found = module.forward({golden_.x(), golden_.y(), problem.a, problem.b, problem.epsilon, points})
                         .toTuple()
                         ->elements()
                         .vec();
  ot::DivergenceSettings divergence;
  divergence.sinkhorn.threshold = 1e-12;
  const auto s = ot::sinkhorn_divergence(problem, divergence).value;
  expect_close(found[0].toTensor(), s);
  EXPECT_NEAR(s.item<double>(), .1707876968775545, 1e-10);
  const auto out = ot::sinkhorn(problem, divergence.sinkhorn);
  expect_close(found[1].toTensor(), ot::barycentric_map(out));
  expect_close(found[2].toTensor(), ot::EntropicMap(out).transport(points));
  EXPECT_LT(found[3].toDouble(), 3e-12);
  for (const std::size_t k : {0, 1, 2}) {
    const auto gradient = torch::autograd::grad({found[k].toTensor().sum()}, {golden_.x(), problem.b}, {}, true);
    EXPECT_GT(gradient[0].abs().max().item<double>(), 1e-3);
    EXPECT_GT(gradient[1].abs().max().item<double>(), 1e-3);
  }
}

TEST_F(TransportOps, BatchTakesListsOfTensors) {
  auto module = scripted(R"(
def forward(self, x: List[Tensor], y: List[Tensor]):
    return ops.brenier.sinkhorn_batch(x, y, [], [], 0.1)
)");
  std::vector<at::Tensor> x;
  std::vector<at::Tensor> y;
  for (const int n : {3, 9, 17}) {
    const auto data = ot::golden_data(n, n + 4, 2);
    x.push_back(ot::tensor(data.x, {n, 2}).requires_grad_(true));
    y.push_back(ot::tensor(data.y, {n + 4, 2}));
  }
  const auto found = module.forward({x, y}).toTuple()->elements().vec();
  const auto f = found[0].toTensorVector();
  found[2].toTensor().sum().backward();
  for (std::size_t k = 0; k < x.size(); ++k) {
    const auto leaf = x[k].detach().requires_grad_(true);
    const auto alone = ot::sinkhorn(ot::linear_problem(std::make_shared<ot::PointCloud>(leaf, y[k]), .1));
    expect_close(f[k], alone.f);
    expect_close(found[2].toTensor()[static_cast<std::int64_t>(k)], alone.value);
    expect_close(x[k].grad(), torch::autograd::grad({alone.value}, {leaf})[0]);
    EXPECT_EQ(found[4].toTensor()[static_cast<std::int64_t>(k)].item<std::int64_t>(), alone.iterations);
  }
}

TEST_F(TransportOps, AnErrorKeepsItsText) {
  auto module = scripted(R"(
def forward(self, x, y):
    return ops.brenier.sinkhorn(x, y, None, None, 0.1, cost="sqeuclidian")
)");
  try {
    (void)module.forward({golden_.x(), golden_.y()});
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'sqeuclidean'?"), std::string::npos) << error.what();
  }
}

}  // namespace brenier::ops
