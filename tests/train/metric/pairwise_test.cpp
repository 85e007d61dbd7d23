#include "train/metric/pairwise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace brenier::train {
namespace pairwise_test {

at::Tensor distances_of(const at::Tensor& x, const at::Tensor& y, const at::Tensor& centre) {
  return squared_distances(centre_cells(x, centre), centre_cells(y, centre));
}

at::Tensor direct(const at::Tensor& x, const at::Tensor& y) {
  return (x.to(at::kDouble).unsqueeze(1) - y.to(at::kDouble).unsqueeze(0)).square().sum(2);
}

TEST(SquaredDistances, EqualTheDirectSum) {
  const at::Tensor x = at::linspace(-3, 5, 7 * 11).sin().reshape({7, 11});
  const at::Tensor y = at::linspace(0, 9, 5 * 11).cos().reshape({5, 11});
  const at::Tensor centre = at::full({11}, 0.3, at::kDouble);
  EXPECT_TRUE(at::allclose(distances_of(x, y, centre), direct(x, y), 1e-12, 1e-12));
}

TEST(SquaredDistances, NearPairsAreExactAndNeverNegative) {
  // A common offset of 1e6 and differences of 1e-3: the expanded square keeps no digit of them.
  const at::Tensor base = at::linspace(0, 1, 40, at::kDouble).reshape({1, 40}) + 1e6;
  const at::Tensor x = at::cat({base, base, base + 1e-3});
  const at::Tensor distances = distances_of(x, x.clone(), at::zeros({40}, at::kDouble));
  EXPECT_EQ(distances[0][1].item<double>(), 0.0);
  EXPECT_TRUE((distances.diagonal() == 0.0).all().item<bool>());
  EXPECT_TRUE((distances >= 0.0).all().item<bool>());
  EXPECT_TRUE(at::allclose(distances, direct(x, x), 1e-12, 0.0));
}

TEST(SquaredDistances, ManyEqualCellsAreRepeatedInPieces) {
  const at::Tensor x = at::ones({100, 3000});  // 10,000 near pairs of 3000 genes: far more than one piece
  EXPECT_EQ(distances_of(x, x, at::zeros({3000}, at::kDouble)).abs().max().item<double>(), 0.0);
}

TEST(SquaredDistances, RefuseOtherGenes) {
  EXPECT_THROW((void)distances_of(at::rand({2, 3}), at::rand({2, 4}), at::zeros({3}, at::kDouble)), Error);
  EXPECT_THROW((void)distances_of(at::rand({2, 3}), at::rand({2, 3}), at::zeros({4}, at::kDouble)), Error);
}

}  // namespace pairwise_test
}  // namespace brenier::train
