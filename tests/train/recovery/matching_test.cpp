#include "train/recovery/matching.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "train/metric/correlation.h"
#include "train/recovery/mean_correlation.h"

namespace brenier::train {
namespace matching_test {

at::Tensor normal(std::int64_t n, std::int64_t d, const char* name) {
  RandomStream stream(4, name);
  auto values = at::empty({n, d}, at::kDouble);
  for (std::int64_t i = 0; i < n * d; ++i) values.mutable_data_ptr<double>()[i] = stream.normal();
  return values;
}

double entry(const at::Tensor& matrix, std::int64_t i, std::int64_t j) { return matrix[i][j].item<double>(); }

// The best total over all one-to-one maps, by trying every order of the larger side.
double best_total(const at::Tensor& scores, bool absolute) {
  const auto table = absolute ? scores.abs() : scores;
  const bool tall = table.size(0) >= table.size(1);
  const auto wide = (tall ? table.t() : table).contiguous();
  std::vector<std::int64_t> order(static_cast<std::size_t>(wide.size(1)));
  std::iota(order.begin(), order.end(), 0);
  double best = -1e300;
  do {
    double sum = 0.0;
    for (std::int64_t i = 0; i < wide.size(0); ++i) sum += entry(wide, i, order[static_cast<std::size_t>(i)]);
    best = std::max(best, sum);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

double total(const Matching& matching, bool absolute) {
  double sum = 0.0;
  for (const double score : matching.score) sum += absolute ? std::abs(score) : score;
  return sum;
}

TEST(Matching, IsTheBestOfAllPermutations) {
  const std::pair<std::int64_t, std::int64_t> shapes[] = {{1, 1}, {4, 4}, {6, 6}, {3, 6}, {6, 3}, {1, 5}, {5, 1}};
  for (const auto& [rows, columns] : shapes) {
    for (int trial = 0; trial < 10; ++trial) {
      const auto scores = normal(rows, columns, ("scores" + std::to_string(trial)).c_str());
      for (const bool absolute : {true, false}) {
        const auto matching = match(scores, absolute ? MatchOn::kAbsolute : MatchOn::kSigned);
        EXPECT_NEAR(total(matching, absolute), best_total(scores, absolute), 1e-9) << rows << " x " << columns;
        auto partners = matching.partner;
        std::erase(partners, -1);
        EXPECT_EQ(std::ssize(partners), std::min(rows, columns));
        std::sort(partners.begin(), partners.end());
        EXPECT_TRUE(std::adjacent_find(partners.begin(), partners.end()) == partners.end());
      }
    }
  }
}

TEST(Matching, FindsLatentsThatWerePermutedAndFlippedAndKeepsTheSign) {
  const auto truth = normal(200, 4, "truth");
  const auto order = at::tensor({2, 0, 3, 1}, at::kLong);
  const auto latents = truth.index_select(1, order) * at::tensor({1.0, -2.0, 0.5, -3.0}, at::kDouble) + 7.0;
  const auto matching = match(correlation_matrix(latents, truth, CorrelationKind::kPearson));
  EXPECT_EQ(matching.partner, (std::vector<std::int64_t>{1, 3, 0, 2}));
  const double expected[] = {-1.0, -1.0, 1.0, 1.0};
  for (std::size_t j = 0; j < 4; ++j) EXPECT_NEAR(matching.score[j], expected[j], 1e-12);
  EXPECT_NEAR(mean_correlation(matching), 1.0, 1e-12);
  EXPECT_LT(mean_correlation(match(correlation_matrix(latents, truth, CorrelationKind::kPearson), MatchOn::kSigned)),
            0.7);
}

TEST(Matching, CorrelationsAreThoseOfEachPair) {
  const auto latents = normal(50, 3, "latents");
  const auto truth = (latents.narrow(1, 0, 2) + normal(50, 2, "noise")).exp();
  const auto pearson_matrix = correlation_matrix(latents, truth, CorrelationKind::kPearson);
  const auto spearman_matrix = correlation_matrix(latents, truth, CorrelationKind::kSpearman);
  const auto column = [](const at::Tensor& values, std::int64_t j) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < values.size(0); ++i) numbers.push_back(entry(values, i, j));
    return numbers;
  };
  for (std::int64_t i = 0; i < 3; ++i) {
    for (std::int64_t j = 0; j < 2; ++j) {
      EXPECT_NEAR(entry(pearson_matrix, i, j), pearson(latents.select(1, i), truth.select(1, j)), 1e-12);
      EXPECT_NEAR(entry(spearman_matrix, i, j), spearman(column(latents, i), column(truth, j)), 1e-12);
    }
  }
}

TEST(Matching, RanksDoNotSeeAMonotoneMap) {
  const auto truth = normal(100, 2, "truth");
  const auto matching = match(correlation_matrix(truth.exp(), truth, CorrelationKind::kSpearman));
  EXPECT_NEAR(mean_correlation(matching), 1.0, 1e-12);
}

TEST(Matching, ALatentThatDoesNotVaryHasNoCorrelation) {
  auto latents = normal(30, 2, "latents");
  latents.select(1, 1).fill_(1e6 / 3.0);
  const auto matrix = correlation_matrix(latents, normal(30, 2, "truth"), CorrelationKind::kPearson);
  EXPECT_EQ(entry(matrix, 1, 0), 0.0);
  EXPECT_NE(entry(matrix, 0, 0), 0.0);
}

TEST(Matching, MissingPartnersCountAsZero) {
  const auto truth = normal(80, 4, "truth");
  const auto matching = match(correlation_matrix(truth.narrow(1, 1, 2), truth, CorrelationKind::kPearson));
  EXPECT_EQ(matching.partner[0], -1);
  EXPECT_NEAR(mean_correlation(matching), 0.5, 1e-12);
}

TEST(Matching, AlignPutsColumnsBesideTheTrueOnes) {
  const Matching matching{3, {2, -1}, {1.0, 0.0}};
  const auto table = at::tensor({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, at::kDouble).view({2, 3});
  const auto expected = at::tensor({3.0, 0.0, 1.0, 2.0, 6.0, 0.0, 4.0, 5.0}, at::kDouble).view({2, 4});
  EXPECT_TRUE(matching.align(table).equal(expected)) << matching.align(table);
}

TEST(Matching, OverlapCountsCommonActions) {
  const auto masks = at::tensor({1.0, 0.4, 0.9, 0.6}, at::kDouble).view({2, 2});
  const auto truth = at::tensor({1.0, 0.0, 1.0, 1.0}, at::kDouble).view({2, 2});
  const auto expected = at::tensor({2.0, 1.0, 1.0, 1.0}, at::kDouble).view({2, 2});
  EXPECT_TRUE(mask_overlap(masks, truth).equal(expected));
}

TEST(Matching, RefusesWhatCannotBeCompared) {
  const auto truth = normal(10, 2, "truth");
  EXPECT_THROW((void)correlation_matrix(normal(9, 2, "x"), truth, CorrelationKind::kPearson), Error);
  EXPECT_THROW((void)correlation_matrix(truth.narrow(0, 0, 1), truth.narrow(0, 0, 1), CorrelationKind::kPearson),
               Error);
  EXPECT_THROW((void)correlation_matrix(truth / 0.0, truth, CorrelationKind::kPearson), Error);
  EXPECT_THROW((void)match(truth / 0.0), Error);
}

}  // namespace matching_test
}  // namespace brenier::train
