// The causal layer against its equation, and both gradients against finite differences.
#include "models/svae/causal_layer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace causal_layer_test {

constexpr std::int64_t kCells = 7;
constexpr std::int64_t kLatents = 5;

at::Tensor drawn(const std::string& name, std::int64_t rows) {
  RandomStream stream(1, name);
  return normal_tensor(stream, {rows, kLatents}, 1.0, at::kDouble);
}

TEST(CausalLayer, LinearIsTheInverseOfTheGraph) {
  const auto e = drawn("e", kCells);
  const auto a = drawn("a", kLatents);
  const auto graph = at::eye(kLatents, at::kDouble) - at::triu(a, 1);
  const auto u = causal_layer(e, a, CausalKind::kLinear);
  EXPECT_LT((at::mm(u, graph) - e).abs().max().item<double>(), 1e-12);
}

TEST(CausalLayer, ReluPassesOnWhatIsAboveZero) {
  const auto e = drawn("e", kCells);
  const auto a = drawn("a", kLatents);
  const auto u = causal_layer(e, a, CausalKind::kRelu);
  EXPECT_LT((u - at::mm(at::relu(u), at::triu(a, 1)) - e).abs().max().item<double>(), 1e-12);
  EXPECT_TRUE(at::equal(u.select(1, 0), e.select(1, 0)));
  EXPECT_LT((u.min()).item<double>(), 0.0);
}

TEST(CausalLayer, GradientsAreThoseOfFiniteDifferences) {
  for (const auto kind : {CausalKind::kLinear, CausalKind::kRelu}) {
    auto e = drawn("e", kCells).requires_grad_(true);
    auto a = drawn("a", kLatents).requires_grad_(true);
    const auto weights = drawn("weights", kCells);
    const auto loss = [&](const at::Tensor& x, const at::Tensor& y) {
      return (causal_layer(x, y, kind) * weights).sum();
    };
    const auto gradients = torch::autograd::grad({loss(e, a)}, {e, a});
    for (std::size_t k = 0; k < 2; ++k) {
      const auto base = (k == 0 ? e : a).detach();
      for (std::int64_t i = 0; i < base.size(0); ++i) {
        for (std::int64_t j = 0; j < base.size(1); ++j) {
          const auto moved = [&](double by) {
            auto other = base.clone();
            other[i][j] += by;
            return (k == 0 ? loss(other, a.detach()) : loss(e.detach(), other)).item<double>();
          };
          const double difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
          EXPECT_NEAR(gradients[k][i][j].item<double>(), difference, 1e-7) << k << " " << i << " " << j;
          if (k == 1 && j <= i) {
            EXPECT_EQ(gradients[k][i][j].item<double>(), 0.0);
          }
        }
      }
    }
  }
}

TEST(CausalLayer, RefusesOtherShapesAndTypes) {
  const auto e = drawn("e", kCells);
  const auto a = drawn("a", kLatents);
  EXPECT_THROW((void)causal_layer(e, a.narrow(0, 0, 3), CausalKind::kRelu), Error);
  EXPECT_THROW((void)causal_layer(e.narrow(1, 0, 3), a, CausalKind::kRelu), Error);
  EXPECT_THROW((void)causal_layer(e.to(at::kFloat), a, CausalKind::kRelu), Error);
}

}  // namespace causal_layer_test
}  // namespace brenier::models
