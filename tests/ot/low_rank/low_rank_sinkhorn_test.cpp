// Low-rank Sinkhorn: golden numbers, levels of other programs, gradients, properties.
#include "ot/low_rank/low_rank_sinkhorn.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "ot/cost/cost.h"
#include "ot/exact/exact_transport.h"
#include "tests/helpers/repository.h"
#include "tests/ot/low_rank/low_rank_cases.h"

namespace brenier::ot {

TEST(LowRankGoldenCases, Case35PointsOnALine) {
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const auto line = at::arange(100, dtype).reshape({100, 1});
    const auto cloud = std::make_shared<PointCloud>(line, line);
    double before = std::numeric_limits<double>::infinity();
    for (const Index rank : {6, 14}) {
      auto settings = of_rank(rank);
      settings.epsilon = .1;
      const auto out = low_rank_sinkhorn(cloud, {}, {}, settings);
      EXPECT_TRUE(out.converged()) << out.change;
      EXPECT_EQ(out.q.sizes(), at::IntArrayRef({100, rank}));
      EXPECT_LT(out.row_error, 1e-14);
      EXPECT_LT(out.column_error, 1e-14);
      const auto plan = dense_plan(out);
      EXPECT_LT(largest_of(plan.sum(1) - .01), 1e-5);
      EXPECT_LT(largest_of(plan.sum(0) - .01), 1e-5);
      EXPECT_LT(largest_of(plan - at::matmul(out.q / out.g, out.r.t())), 1e-7);
      EXPECT_NEAR((plan * (line - line.t()).square()).sum().item<double>(), out.transport_cost,
                  1e-4 * out.transport_cost);
      // Equal blocks of 100 / rank neighbours: no plan of this rank is cheaper, when it divides 100.
      const double block = 100.0 / static_cast<double>(rank);
      EXPECT_GT(out.transport_cost, .95 * (block * block - 1) / 6);
      EXPECT_LT(out.transport_cost, 1.15 * (block * block - 1) / 6);
      EXPECT_LE(out.transport_cost, before + 1e-4);
      before = out.transport_cost;
    }
  }
}

// Levels to reach: the problem is not convex.
TEST(LowRankOracle, NotWorseThanPotAndOttJax) {
  const auto level = [](const std::string& file, const std::string& key) {
    nlohmann::json json;
    std::ifstream(tests::repository_file("tests/oracle/ot/" + file)) >> json;
    return json.at("problems").at("low_rank_k60_50_2").at(key).get<double>();
  };
  const double ott = level("ott.json", "primal_cost");
  const double pot = level("pot.json", "linear");
  const double exact = level("pot.json", "exact");
  const LowRankGolden golden(60, 50, 2);
  const auto anchors = low_rank_sinkhorn(golden.points(), golden.a, golden.b, of_rank(5));
  EXPECT_TRUE(anchors.converged()) << anchors.change;
  EXPECT_LT(anchors.transport_cost, ott);
  EXPECT_LT(anchors.transport_cost, pot);
  EXPECT_GT(anchors.transport_cost, exact);
  for (const auto start : {LowRankStart::kRandom, LowRankStart::kRankTwo}) {
    auto settings = of_rank(5);
    settings.start = start;
    const auto out = low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings);
    EXPECT_TRUE(out.converged()) << out.change;
    EXPECT_LT(out.transport_cost, 1.01 * ott);
    EXPECT_GT(out.transport_cost, exact);
  }
}

TEST(LowRank, RankOneIsTheProductPlan) {
  const LowRankGolden golden(8, 11, 2);
  const auto out = low_rank_sinkhorn(golden.points(), golden.a, golden.b, of_rank(1));
  EXPECT_LT(largest_of(dense_plan(out) - at::outer(golden.a, golden.b)), 1e-15);
  EXPECT_NEAR(out.transport_cost, (at::outer(golden.a, golden.b) * golden.cost).sum().item<double>(), 1e-14);
  EXPECT_TRUE(out.converged());
  // A rank above the smaller side counts as that.
  EXPECT_EQ(low_rank_sinkhorn(golden.points(), golden.a, golden.b, of_rank(50)).g.size(0), 8);
}

// Full rank reaches the exact cost, nearly.
TEST(LowRank, FullRankNearsTheExactCost) {
  const LowRankGolden golden(12, 12, 2);
  auto settings = of_rank(12);
  settings.max_iterations = 200;
  const auto out = low_rank_sinkhorn(golden.points(), {}, {}, settings);
  const double exact = exact_transport(golden.cost).value.item<double>();
  EXPECT_GE(out.transport_cost, exact - 1e-12);
  EXPECT_LT(out.transport_cost, 1.001 * exact);
}

TEST(LowRank, ValueIsCostPlusEntropy) {
  const LowRankGolden golden(12, 9, 2);
  auto settings = of_rank(4);
  settings.epsilon = .02;
  const auto out = low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings);
  double entropy = 0;
  for (const auto& part : {out.q, out.r, out.g}) entropy += (at::xlogy(part, part) - part).sum().item<double>();
  EXPECT_NEAR(out.transport_cost, (dense_plan(out) * golden.cost).sum().item<double>(), 1e-13);
  EXPECT_NEAR(out.value.item<double>(), out.transport_cost + .02 * entropy, 1e-13);
  for (std::size_t k = 1; k < out.values.size(); ++k) EXPECT_LE(out.values[k], out.values[k - 1] + 1e-5);
  EXPECT_EQ(out.values.size(), static_cast<std::size_t>(out.iterations));
}

TEST(LowRank, PointsAndTheirMatrixAgree) {
  const LowRankGolden golden(30, 25, 2);
  auto settings = of_rank(4);
  settings.start = LowRankStart::kRankTwo;
  settings.max_iterations = 10;
  const auto thin = low_rank_sinkhorn(golden.points(), golden.a, golden.b, settings);
  const auto whole = low_rank_sinkhorn(golden.matrix(), golden.a, golden.b, settings);
  EXPECT_NEAR(thin.transport_cost, whole.transport_cost, 1e-8);
  EXPECT_LT(largest_of(thin.q - whole.q), 1e-6);
}

TEST(LowRank, ApplyIsThePlanAndItsOwnAdjoint) {
  const LowRankGolden golden(12, 9, 2);
  const auto out = low_rank_sinkhorn(golden.points(), golden.a, golden.b, of_rank(3));
  const auto plan = dense_plan(out);
  const auto v = at::cos(at::arange(27, at::kDouble)).reshape({9, 3}).requires_grad_(true);
  const auto u = at::sin(at::arange(24, at::kDouble)).reshape({12, 2});
  const auto moved = apply_plan(out, Direction::kRows, v);
  EXPECT_LT(largest_of(moved - at::matmul(plan, v)), 1e-15);
  EXPECT_LT(largest_of(apply_plan(out, Direction::kColumns, u) - at::matmul(plan.t(), u)), 1e-15);
  const auto weights = at::cos(2 * at::arange(36, at::kDouble)).reshape({12, 3});
  const auto gradient = torch::autograd::grad({(weights * moved).sum()}, {v})[0];
  EXPECT_LT(largest_of(gradient - at::matmul(plan.t(), weights)), 1e-15);
  EXPECT_THROW(std::ignore = apply_plan(out, Direction::kRows, u), Error);
  EXPECT_THROW(std::ignore = apply_plan(out, Direction::kRows, v.to(at::kFloat)), Error);
  EXPECT_THROW(std::ignore = dense_plan(out, 12 * 9 * 8 - 1), Error);
}

// With entropy the minimum is inside, so that solves reach it and differences are clean.
TEST(LowRankGradients, EnvelopeEqualsDifferences) {
  const LowRankGolden golden(7, 6, 2);
  auto settings = of_rank(3);
  settings.epsilon = .1;
  settings.threshold = 1e-16;
  settings.projection_threshold = 1e-14;
  settings.projection_iterations = 100000;
  settings.max_iterations = 3000;
  settings.start = LowRankStart::kRandom;  // k-means would jump
  const auto value = [&](const at::Tensor& x, const at::Tensor& y, const at::Tensor& cost, bool points) {
    std::shared_ptr<const Geometry> geometry;
    if (points) {
      geometry = std::make_shared<PointCloud>(x, y);
    } else {
      geometry = std::make_shared<DenseCost>(cost);
    }
    return low_rank_sinkhorn(geometry, golden.a, golden.b, settings);
  };
  for (const std::size_t which : {0, 1, 2}) {
    std::vector<at::Tensor> leaves{golden.x, golden.y, golden.cost};
    const auto base = leaves[which];
    leaves[which] = base.clone().requires_grad_(true);
    const auto out = value(leaves[0], leaves[1], leaves[2], which < 2);
    EXPECT_LT(out.change, 1e-10);
    const auto gradient = torch::autograd::grad({out.value}, {leaves[which]})[0];
    const double h = 1e-4;
    for (std::int64_t k = 0; k < base.numel(); k += 3) {
      const auto at = [&](double step) {
        leaves[which] = base.clone();
        leaves[which].view(-1)[k] += step;
        return value(leaves[0], leaves[1], leaves[2], which < 2).value.item<double>();
      };
      const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      EXPECT_NEAR(gradient.view(-1)[k].item<double>(), slope, 1e-7 * gradient.abs().max().item<double>())
          << which << " " << k;
    }
  }
}

TEST(LowRankGradients, OtherCostsAndSecondDerivatives) {
  const LowRankGolden golden(7, 6, 2);
  const auto x = golden.x.clone().requires_grad_(true);
  const auto geometry = std::make_shared<PointCloud>(x, golden.y, cost_by_name("euclidean"));
  auto settings = of_rank(3);
  settings.start = LowRankStart::kRankTwo;
  const auto out = low_rank_sinkhorn(geometry, golden.a, golden.b, settings);
  const auto gradient = torch::autograd::grad({out.value}, {x}, {}, true)[0];
  const auto at_plan = (dense_plan(out) * geometry->cost_matrix(Geometry::kDenseLimit)).sum();
  EXPECT_LT(largest_of(gradient - torch::autograd::grad({at_plan}, {x})[0]), 1e-14);
  EXPECT_THROW(torch::autograd::grad({out.value}, {x}, {}, true, true), Error);
}

RC_GTEST_PROP(LowRankProperties, SumsHoldAndTheCostIsABound, ()) {
  RandomStream random(*rc::gen::arbitrary<std::uint32_t>(), "tests/ot/low_rank");
  const int n = 2 + static_cast<int>(random.below(30));
  const int m = 2 + static_cast<int>(random.below(30));
  LowRankGolden golden(n, m, 1 + static_cast<int>(random.below(3)));
  const double mass = std::pow(10, random.uniform(-1, 1));
  auto settings = of_rank(1 + random.below(8));
  settings.seed = random.next();
  settings.epsilon = random.uniform() < .5 ? 0 : random.uniform(0, .1);
  settings.start = std::vector{LowRankStart::kAnchors, LowRankStart::kRandom, LowRankStart::kRankTwo}.at(
      static_cast<std::size_t>(random.below(3)));
  settings.max_iterations = 50;
  settings.projection_iterations = 200;
  if (random.uniform() < .5) {
    golden.a[0] = 0;
    golden.a = golden.a / golden.a.sum();
  }
  const auto out = low_rank_sinkhorn(golden.points(), golden.a * mass, golden.b * mass, settings);
  RC_ASSERT(out.row_error < 1e-12);
  RC_ASSERT(out.column_error < 1e-12);
  RC_ASSERT(out.q.min().item<double>() >= 0);
  RC_ASSERT(out.g.min().item<double>() > 0);
  const double exact = exact_transport(golden.cost, golden.a, golden.b).value.item<double>();
  RC_ASSERT(out.transport_cost / mass >= exact - 1e-9);
  const double product = (at::outer(golden.a, golden.b) * golden.cost).sum().item<double>();
  if (settings.epsilon == 0) RC_ASSERT(out.transport_cost / mass <= product * (1 + 1e-5) + 1e-9);
  if (out.converged()) RC_ASSERT(out.change <= settings.threshold);
}

TEST(LowRankProperties, UnitsDoNotMatter) {
  const LowRankGolden golden(20, 15, 2);
  auto settings = of_rank(4);
  settings.max_iterations = 8;
  settings.threshold = 1e-12;
  settings.start = LowRankStart::kRandom;
  const auto base = low_rank_sinkhorn(golden.matrix(), golden.a, golden.b, settings);
  const auto scaled = low_rank_sinkhorn(std::make_shared<DenseCost>(1e4 * golden.cost), golden.a, golden.b, settings);
  EXPECT_NEAR(scaled.transport_cost, 1e4 * base.transport_cost, 1e-4);
  EXPECT_LT(largest_of(scaled.q - base.q), 1e-8);
  EXPECT_NEAR(scaled.change, base.change, 1e-6 * base.change);
}

TEST(LowRank, Float32) {
  const LowRankGolden single(60, 50, 2, at::kFloat);
  const LowRankGolden precise(60, 50, 2);
  const auto out = low_rank_sinkhorn(single.points(), single.a, single.b, of_rank(5));
  EXPECT_EQ(out.q.scalar_type(), at::kFloat);
  EXPECT_EQ(out.value.scalar_type(), at::kFloat);
  const auto expected = low_rank_sinkhorn(precise.points(), precise.a, precise.b, of_rank(5));
  EXPECT_NEAR(out.transport_cost, expected.transport_cost, 1e-3 * expected.transport_cost);
  EXPECT_LT(out.row_error, 1e-12);
}

TEST(LowRank, SeedsAndThreads) {
  const LowRankGolden golden(700, 600, 3);
  auto settings = of_rank(6);
  settings.max_iterations = 15;
  const auto geometry = golden.points();
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = low_rank_sinkhorn(geometry, golden.a, golden.b, settings);
  at::set_num_threads(2);
  const auto two = low_rank_sinkhorn(geometry, golden.a, golden.b, settings);
  at::set_num_threads(before);
  EXPECT_TRUE(at::equal(one.q, two.q));
  EXPECT_TRUE(at::equal(one.r, two.r));
  settings.seed = 1;
  EXPECT_FALSE(at::equal(one.q, low_rank_sinkhorn(geometry, golden.a, golden.b, settings).q));
}

}  // namespace brenier::ot
