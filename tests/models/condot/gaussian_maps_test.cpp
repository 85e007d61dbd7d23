#include "models/condot/gaussian_maps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/models/condot/populations.h"

namespace brenier::models {
namespace gaussian_maps_test {

at::Tensor matrix(std::vector<double> values) { return at::tensor(values, at::kDouble).view({2, 2}); }

// Example of the closed form: eigenvalue computations by hand give these digits.
TEST(GaussianMap, MatchesTheClosedFormExample) {
  const auto map = gaussian_map(matrix({2, 1, 1, 1}), matrix({1.5, -1, -1, 1.5}));
  EXPECT_LT((map - matrix({1.203002, -0.973249, -0.973249, 1.716745})).abs().max().item<double>(), 1e-6);
}

TEST(GaussianMap, PushesOneCovarianceToTheOther) {
  RandomStream stream(4, "covariances");
  const auto a = normal_tensor(stream, {7, 7}, 1.0, at::kDouble);
  const auto b = normal_tensor(stream, {7, 7}, 1.0, at::kDouble);
  const auto source = a.mm(a.t()) + 0.1 * at::eye(7, at::kDouble);
  const auto target = b.mm(b.t()) + 0.1 * at::eye(7, at::kDouble);
  const auto map = gaussian_map(source, target);
  EXPECT_LT((map.mm(source).mm(map) - target).abs().max().item<double>(), 1e-8);
  EXPECT_GT(std::get<0>(at::linalg_eigh(map)).min().item<double>(), 0.0);
}

TEST(GaussianMaps, ForwardAndInverseUndoEachOther) {
  const auto source = normal_cells(1, 400, {0, 0, 0}, 1.0);
  const auto target = normal_cells(2, 300, {2, -1, 0}, 0.5);
  const auto maps = gaussian_maps({{source - source.mean(0), target}}, 0.0, 1e-6);
  const auto apply = [](const Quadratics& q, const at::Tensor& x) {
    return (x - q.centres[0]).mm(q.factors[0].t().mm(q.factors[0]));
  };
  const auto x = normal_cells(3, 50, {0, 0, 0});
  const auto there = apply(maps.forward, x);
  EXPECT_LT((apply(maps.inverse, there) - x).abs().max().item<double>(), 1e-4);
  EXPECT_LT((apply(maps.forward, source - source.mean(0)).mean(0) - target.mean(0)).abs().max().item<double>(), 1e-4);
}

TEST(GaussianMaps, AManyCellPriorGivesEveryContextTheSameLinearPart) {
  const std::vector<GaussianPair> pairs = {{normal_cells(1, 40, {0, 0}), normal_cells(2, 40, {1, 0}, 2.0)},
                                           {normal_cells(3, 40, {0, 0}), normal_cells(4, 40, {0, 1}, 0.5)}};
  const auto maps = gaussian_maps(pairs, 1e9, 0.1);
  EXPECT_LT((maps.forward.factors[0] - maps.forward.factors[1]).abs().max().item<double>(), 1e-4);
}

TEST(GaussianMaps, RefusesCellsThatAreNotFinite) {
  auto cells = normal_cells(1, 5, {0, 0});
  cells[0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW((void)gaussian_maps({{cells, cells}}, 10, 0.1), Error);
}

}  // namespace gaussian_maps_test
}  // namespace brenier::models
