// Problems for the tests of low-rank Sinkhorn.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "ot/geometry/dense_cost.h"
#include "ot/geometry/point_cloud.h"
#include "ot/low_rank/low_rank_sinkhorn.h"
#include "tests/ot/golden_data.h"

namespace brenier::ot {

inline double largest_of(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

struct LowRankGolden {
  LowRankGolden(int n, int m, int d, at::ScalarType dtype = at::kDouble) : data(golden_data(n, m, d)) {
    x = tensor(data.x, {n, d}).to(dtype);
    y = tensor(data.y, {m, d}).to(dtype);
    a = tensor(data.a, {n}).to(dtype);
    b = tensor(data.b, {m}).to(dtype);
    cost = tensor(data.cost, {n, m}).to(dtype);
  }
  [[nodiscard]] std::shared_ptr<const Geometry> points() const { return std::make_shared<PointCloud>(x, y); }
  [[nodiscard]] std::shared_ptr<const Geometry> matrix() const { return std::make_shared<DenseCost>(cost); }
  GoldenData data;
  at::Tensor x, y, a, b, cost;
};

inline LowRankSettings of_rank(Index rank) {
  LowRankSettings settings;
  settings.rank = rank;
  return settings;
}

}  // namespace brenier::ot
