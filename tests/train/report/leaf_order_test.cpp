// Rows in the order of an average-linkage tree: against a tree built by the definition, and what no order may lose.
#include "train/report/leaf_order.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/random.h"

namespace brenier::train {
namespace leaf_order_test {

using Order = std::vector<std::int64_t>;

at::Tensor random_rows(std::uint64_t seed, std::int64_t n, std::int64_t d) {
  RandomStream random(seed, "rows");
  std::vector<double> values(static_cast<std::size_t>(n * d));
  for (double& value : values) value = random.normal();
  return at::tensor(values, at::kDouble).reshape({n, d});
}

// The clusters of every join, with distances summed over all pairs of leaves.
std::vector<std::set<std::int64_t>> tree_by_definition(const at::Tensor& rows) {
  std::vector<std::set<std::int64_t>> clusters;
  std::vector<std::set<std::int64_t>> joins;
  for (std::int64_t i = 0; i < rows.size(0); ++i) clusters.push_back({i});
  while (clusters.size() > 1) {
    double least = 1e300;
    std::size_t first = 0;
    std::size_t second = 0;
    for (std::size_t a = 0; a < clusters.size(); ++a) {
      for (std::size_t b = a + 1; b < clusters.size(); ++b) {
        double sum = 0.0;
        for (const auto i : clusters[a]) {
          for (const auto j : clusters[b]) sum += (rows[i] - rows[j]).norm().item<double>();
        }
        sum /= static_cast<double>(clusters[a].size() * clusters[b].size());
        if (sum < least) {
          least = sum;
          first = a;
          second = b;
        }
      }
    }
    clusters[first].insert(clusters[second].begin(), clusters[second].end());
    clusters.erase(clusters.begin() + static_cast<std::ptrdiff_t>(second));
    joins.push_back(clusters[first]);
  }
  return joins;
}

TEST(LeafOrder, KeepsEveryClusterOfTheTreeTogether) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto rows = random_rows(seed, 14, 3);
    const auto order = average_linkage_order(rows);
    for (const auto& cluster : tree_by_definition(rows)) {
      std::vector<std::ptrdiff_t> places;
      for (const auto leaf : cluster) places.push_back(std::find(order.begin(), order.end(), leaf) - order.begin());
      const auto [low, high] = std::minmax_element(places.begin(), places.end());
      EXPECT_EQ(*high - *low + 1, std::ssize(cluster));
    }
  }
}

TEST(LeafOrder, PutsPointsOfALineInTheirOrder) {
  const auto order = average_linkage_order(at::tensor({9.0, 1.0, 2.1, 7.5, 1.2, 4.0}).unsqueeze(1));
  const Order up{1, 4, 2, 5, 3, 0};
  EXPECT_TRUE(order == up || order == Order(up.rbegin(), up.rend())) << at::tensor(order);
}

RC_GTEST_PROP(LeafOrder, DoesNotDependOnTheOrderOfTheRows, ()) {
  const auto n = *rc::gen::inRange<std::int64_t>(2, 12);
  const auto rows = random_rows(*rc::gen::arbitrary<std::uint32_t>(), n, 2);
  const auto shuffled = RandomStream(*rc::gen::arbitrary<std::uint32_t>(), "shuffle").permutation(n);
  const auto first = average_linkage_order(rows);
  Order second;
  for (const auto leaf : average_linkage_order(rows.index_select(0, at::tensor(shuffled, at::kLong)))) {
    second.push_back(shuffled[static_cast<std::size_t>(leaf)]);
  }
  RC_ASSERT(second == first || second == Order(first.rbegin(), first.rend()));
}

TEST(LeafOrder, TakesEqualRowsNoRowsAndOneRow) {
  EXPECT_EQ(average_linkage_order(at::zeros({3, 2})), (Order{0, 1, 2}));
  EXPECT_TRUE(average_linkage_order(at::zeros({0, 2})).empty());
  EXPECT_EQ(average_linkage_order(at::zeros({1, 2})), (Order{0}));
  EXPECT_THROW((void)average_linkage_order(at::zeros({3})), Error);
}

}  // namespace leaf_order_test
}  // namespace brenier::train
