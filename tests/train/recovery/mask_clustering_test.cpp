// mask_clustering, adjusted_rand, average_linkage.
#include "train/recovery/mask_clustering.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/random.h"
#include "train/recovery/adjusted_rand.h"
#include "train/recovery/average_linkage.h"

namespace brenier::train {
namespace mask_clustering_test {

using Labels = std::vector<std::int64_t>;

// From all pairs of items.
double rand_by_pairs(const Labels& a, const Labels& b) {
  double both = 0;
  double in_a = 0;
  double in_b = 0;
  double pairs = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = i + 1; j < a.size(); ++j, ++pairs) {
      both += a[i] == a[j] && b[i] == b[j];
      in_a += a[i] == a[j];
      in_b += b[i] == b[j];
    }
  }
  return (both - in_a * in_b / pairs) / (0.5 * (in_a + in_b) - in_a * in_b / pairs);
}

TEST(AdjustedRand, EqualsTheCountOverAllPairs) {
  RandomStream stream(1, "rand");
  for (int trial = 0; trial < 20; ++trial) {
    Labels a;
    Labels b;
    for (int i = 0; i < 12; ++i) {
      a.push_back(stream.below(4));
      b.push_back(stream.below(3));
    }
    EXPECT_NEAR(adjusted_rand(a, b), rand_by_pairs(a, b), 1e-12);
  }
}

TEST(AdjustedRand, KnowsItsEnds) {
  EXPECT_DOUBLE_EQ(adjusted_rand({0, 0, 1, 1}, {5, 5, 3, 3}), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand({0, 1, 2}, {2, 0, 1}), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand({0, 0, 0}, {0, 0, 0}), 1.0);
  EXPECT_DOUBLE_EQ(adjusted_rand({0, 0, 1, 1}, {0, 1, 0, 1}), -0.5);
  EXPECT_TRUE(std::isnan(adjusted_rand({0}, {0})));
  EXPECT_THROW((void)adjusted_rand({0}, {0, 1}), Error);
}

// Joins the two groups of items with the smallest mean distance, each time from the first distances.
Labels linkage_by_groups(const at::Tensor& d, std::size_t clusters) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::int64_t i = 0; i < d.size(0); ++i) groups.push_back({i});
  while (groups.size() > clusters) {
    double best = 1e300;
    std::size_t x = 0;
    std::size_t y = 0;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (std::size_t j = i + 1; j < groups.size(); ++j) {
        double sum = 0.0;
        for (const auto p : groups[i]) {
          for (const auto q : groups[j]) sum += d[p][q].item<double>();
        }
        const double mean = sum / static_cast<double>(groups[i].size() * groups[j].size());
        if (mean < best) {
          best = mean;
          x = i;
          y = j;
        }
      }
    }
    groups[x].insert(groups[x].end(), groups[y].begin(), groups[y].end());
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(y));
  }
  Labels labels(static_cast<std::size_t>(d.size(0)));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const auto item : groups[g]) labels[static_cast<std::size_t>(item)] = static_cast<std::int64_t>(g);
  }
  return labels;
}

TEST(AverageLinkage, EqualsTheMeansOverAllPairs) {
  RandomStream stream(3, "points");
  auto points = at::empty({14, 2}, at::kDouble);
  for (std::int64_t i = 0; i < points.numel(); ++i) points.mutable_data_ptr<double>()[i] = stream.normal();
  const auto distances = (points.unsqueeze(1) - points.unsqueeze(0)).norm(2, 2);
  for (std::int64_t k = 1; k <= 14; ++k) {
    const auto labels = average_linkage(distances, k);
    EXPECT_EQ(labels, linkage_by_groups(distances, static_cast<std::size_t>(k))) << k;
    EXPECT_EQ(std::ssize(std::set<std::int64_t>(labels.begin(), labels.end())), k);
  }
}

TEST(AverageLinkage, RefusesWhatIsNoNumberOfClusters) {
  const auto distances = at::zeros({3, 3}, at::kDouble);
  EXPECT_THROW((void)average_linkage(distances, 0), Error);
  EXPECT_THROW((void)average_linkage(distances, 4), Error);
  EXPECT_THROW((void)average_linkage(at::zeros({3, 2}), 1), Error);
}

TEST(MaskClustering, NeedsNoMatchingOfLatents) {
  const auto truth = at::tensor({1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0}, at::kDouble).view({4, 3});
  const auto masks = at::tensor({0.1, 0.9, 0.2, 0.8, 0.9, 0.4, 0.8, 0.3}, at::kDouble).view({4, 2});
  const auto found = mask_clustering(masks, truth);
  EXPECT_DOUBLE_EQ(found.identical, 1.0);
  EXPECT_DOUBLE_EQ(found.linkage, 1.0);
  EXPECT_EQ(equal_rows(truth), (Labels{0, 0, 1, 1}));
}

TEST(MaskClustering, LinkageForgivesOneWrongEntry) {
  auto truth = at::zeros({6, 8}, at::kDouble);
  truth.narrow(0, 0, 3).narrow(1, 0, 4).fill_(1.0);
  truth.narrow(0, 3, 3).narrow(1, 4, 4).fill_(1.0);
  auto masks = truth.clone();
  masks[0][7].fill_(1.0);
  EXPECT_LT(mask_clustering(masks, truth).identical, 1.0);
  EXPECT_DOUBLE_EQ(mask_clustering(masks, truth).linkage, 1.0);
}

TEST(MaskClustering, OneActionHasNoGroups) {
  EXPECT_TRUE(std::isnan(mask_clustering(at::ones({1, 2}), at::ones({1, 2})).linkage));
  EXPECT_THROW((void)mask_clustering(at::ones({3, 2}), at::ones({2, 2})), Error);
}

}  // namespace mask_clustering_test
}  // namespace brenier::train
