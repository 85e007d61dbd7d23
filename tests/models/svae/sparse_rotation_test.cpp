#include "models/svae/sparse_rotation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "models/nn/initialise.h"

namespace brenier::models {

// A sparse table that was rotated is found again, up to order and sign of the columns.
TEST(SparseRotation, FindsTheAxesOfASparseTable) {
  RandomStream stream(3, "test");
  auto sparse = at::zeros({60, 8}, at::kDouble);
  for (std::int64_t a = 0; a < 60; ++a) {
    for (const auto j : stream.sample(8, 1 + stream.below(3))) sparse[a][j] = 5.0 + 0.5 * stream.normal();
  }
  const auto turn = std::get<0>(at::linalg_qr(normal_tensor(stream, {8, 8}, 1.0, at::kDouble)));
  const auto rotation = sparse_rotation(sparse.matmul(turn), 5, stream);
  EXPECT_TRUE(at::allclose(rotation.t().matmul(rotation), at::eye(8, at::kDouble), 1e-9, 1e-9));
  const auto found = sparse.matmul(turn).matmul(rotation);
  EXPECT_NEAR(found.abs().sum().item<double>(), sparse.abs().sum().item<double>(),
              1e-4 * sparse.abs().sum().item<double>());
  // Each column of what was found is one of the table's.
  const auto products = found.t().matmul(sparse).abs() / sparse.square().sum(0).unsqueeze(0);
  EXPECT_GT(std::get<0>(products.max(0)).min().item<double>(), 0.999);
}

TEST(SparseRotation, LeavesAxesThatAreSparseAlready) {
  RandomStream stream(3, "test");
  const auto table = at::eye(5, at::kDouble).repeat({4, 1});
  EXPECT_TRUE(at::allclose(sparse_rotation(table, 1, stream), at::eye(5, at::kDouble)));
}

}  // namespace brenier::models
