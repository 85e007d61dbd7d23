// target_recovery, mask_scores, largest_shifts, stability.
#include "train/recovery/mask_scores.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/random.h"
#include "train/recovery/largest_shifts.h"
#include "train/recovery/stability.h"

namespace brenier::train {
namespace mask_scores_test {

at::Tensor table(const std::vector<double>& values, std::int64_t columns) {
  return at::tensor(values, at::kDouble).view({-1, columns});
}

at::Tensor random_table(std::int64_t rows, std::int64_t columns, const char* name) {
  RandomStream stream(2, name);
  auto values = at::empty({rows, columns}, at::kDouble);
  for (std::int64_t i = 0; i < values.numel(); ++i) values.mutable_data_ptr<double>()[i] = stream.uniform();
  return values;
}

TEST(TargetRecovery, CountsAsALoopOverEntriesDoes) {
  for (int trial = 0; trial < 20; ++trial) {
    const auto predicted = random_table(7, 5, ("p" + std::to_string(trial)).c_str());
    const auto truth = random_table(7, 5, ("t" + std::to_string(trial)).c_str()).gt(0.7).to(at::kDouble);
    double hits = 0;
    double wrong = 0;
    double missed = 0;
    for (std::int64_t a = 0; a < 7; ++a) {
      for (std::int64_t l = 0; l < 5; ++l) {
        const bool claimed = predicted[a][l].item<double>() > 0.5;
        const bool real = truth[a][l].item<double>() > 0.5;
        hits += claimed && real;
        wrong += claimed && !real;
        missed += !claimed && real;
      }
    }
    const auto found = target_recovery(predicted, truth);
    EXPECT_DOUBLE_EQ(found.precision, hits / (hits + wrong));
    EXPECT_DOUBLE_EQ(found.recall, hits / (hits + missed));
    EXPECT_DOUBLE_EQ(found.f1, 2 * hits / (2 * hits + wrong + missed));
    EXPECT_EQ(found.hamming, static_cast<std::int64_t>(wrong + missed));
  }
}

TEST(MaskAveragePrecision, IsTheMeanOverTrueEntriesOfThePrecisionThere) {
  const auto shifts = table({-5.0, 0.1, 0.3, 2.0, 2.0, 0.0}, 3);
  const auto truth = table({1, 0, 0, 1, 0, 1}, 3);
  Matching matching;
  matching.latents = 3;
  matching.partner = {0, 1, 2};
  matching.score = {1, 1, 1};
  // 5 first of one; 2 is one true of two equal ones, so two of three; 0 comes last, three of six.
  EXPECT_DOUBLE_EQ(mask_average_precision(shifts, truth, matching), (1.0 + 2.0 / 3.0 + 3.0 / 6.0) / 3.0);
  // Columns are compared as they are matched, and a latent without a partner is in the way.
  matching.partner = {2, 1};
  matching.score = {1, 1};
  const auto two = table({1, 0, 0, 1}, 2);
  const auto turned = table({-5.0, 0.0, 7.0, 0.0, 6.0, 0.0}, 3);
  EXPECT_DOUBLE_EQ(mask_average_precision(turned, two, matching), (1.0 + 2.0 / 2.0) / 2.0);
  EXPECT_DOUBLE_EQ(mask_average_precision(table({8.0, 0.0, 7.0, 0.0, 6.0, 0.0}, 3), two, matching),
                   (1.0 / 2.0 + 2.0 / 3.0) / 2.0);
  EXPECT_TRUE(std::isnan(mask_average_precision(shifts, at::zeros({2, 2}, at::kDouble), matching)));
}

TEST(TargetRecovery, WhatIsNotDefinedIsNotANumber) {
  const auto none = at::zeros({2, 2}, at::kDouble);
  const auto all = at::ones({2, 2}, at::kDouble);
  EXPECT_TRUE(std::isnan(target_recovery(none, all).precision));
  EXPECT_EQ(target_recovery(none, all).recall, 0.0);
  EXPECT_EQ(target_recovery(none, all).f1, 0.0);
  EXPECT_TRUE(std::isnan(target_recovery(none, none).f1));
  EXPECT_EQ(target_recovery(all, all).f1, 1.0);
  EXPECT_THROW((void)target_recovery(at::zeros({2, 3}), all), Error);
}

TEST(TargetRecovery, ATurnedEdgeCountsOnce) {
  const auto truth = table({0, 1, 0, 0, 0, 1, 0, 0, 0}, 3);   // 0 -> 1 -> 2
  const auto turned = table({0, 0, 0, 1, 0, 0, 0, 0, 0}, 3);  // 1 -> 0
  EXPECT_EQ(graph_hamming(turned, truth), 2);                 // one turned, one missing
  EXPECT_EQ(graph_hamming(truth, truth), 0);
  EXPECT_EQ(graph_hamming(truth + at::eye(3, at::kDouble), truth), 3);
  EXPECT_THROW((void)graph_hamming(at::zeros({3, 2}), at::zeros({3, 2})), Error);
}

TEST(MaskScores, AreThoseOfTheMatchedColumns) {
  const auto truth = table({1, 0, 0, 1, 1, 1}, 2);
  const auto masks = table({0.1, 0.9, 0.9, 0.2, 0.4, 0.8}, 2);  // columns changed places; one entry is missing
  const auto found = mask_scores(masks, truth, Matching{2, {1, 0}, {1.0, 1.0}});
  EXPECT_DOUBLE_EQ(found.precision, 1.0);
  EXPECT_DOUBLE_EQ(found.recall, 0.75);
  const auto first = mask_scores(masks, truth, Matching{2, {1, 0}, {1.0, 1.0}}, {0, 1});
  EXPECT_DOUBLE_EQ(first.f1, 1.0);
}

TEST(MaskScores, ALatentWithoutAPartnerIsWrongInWhatItClaims) {
  const auto truth = table({1, 0}, 1);
  const auto masks = table({1, 1, 0, 1}, 2);
  const auto found = mask_scores(masks, truth, Matching{2, {0}, {1.0}});
  EXPECT_DOUBLE_EQ(found.precision, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(found.recall, 1.0);
}

TEST(MaskScores, ATrueLatentWithoutAPartnerIsMissed) {
  const auto truth = table({1, 1, 0, 1}, 2);
  const auto masks = table({1, 0}, 1);
  const auto found = mask_scores(masks, truth, Matching{1, {0, -1}, {1.0, 0.0}});
  EXPECT_DOUBLE_EQ(found.precision, 1.0);
  EXPECT_DOUBLE_EQ(found.recall, 1.0 / 3.0);
}

TEST(LargestShifts, MarkTheLargestSizes) {
  const auto shifts = table({0.1, -3, 2, 0, 0, 0, 0, 5, 0}, 3);
  EXPECT_TRUE(largest_shifts(shifts).equal(table({0, 1, 1, 0, 0, 0, 0, 1, 0}, 3)));
  EXPECT_TRUE(largest_shifts(table({-1, 2}, 2), 5).equal(table({1, 1}, 2)));
}

TEST(LargestShifts, MeansAreTakenOverAllCells) {
  const auto latents = table({1, 10, 3, 20, 5, 0, 7, 6}, 2);  // mean 4, 9
  const auto actions = at::tensor({0, 0, -1, 2}, at::kLong);
  EXPECT_TRUE(mean_shifts(latents, actions, 3).allclose(table({-2, 6, 0, 0, 3, -3}, 2)));
  EXPECT_THROW((void)mean_shifts(latents, actions, 2), Error);
}

TEST(Stability, ComparesTwoRunsAfterMatching) {
  const auto first = table({1, 0, 1, 1, 0, 1}, 2);
  const auto second = table({0.9, 0.8, 0.9, 0.7, 0.6, 0.1}, 2);
  const auto stability = mask_stability(first, second, Matching{2, {1, 0}, {1.0, 1.0}});  // 0.8 0.9, 0.7 0.9, 0.1 0.6
  EXPECT_DOUBLE_EQ(stability.f1, 8.0 / 9.0);
  EXPECT_DOUBLE_EQ(stability.jaccard, 4.0 / 5.0);
}

TEST(Stability, TakesTheActionsInCommon) {
  const auto [a, b] = common_actions({"x", "y", "z"}, table({1, 2, 3}, 1), {"z", "x"}, table({30, 10}, 1));
  EXPECT_TRUE(a.equal(table({1, 3}, 1)));
  EXPECT_TRUE(b.equal(table({10, 30}, 1)));
  EXPECT_THROW((void)common_actions({"x"}, table({1}, 1), {"q"}, table({1}, 1)), Error);
}

}  // namespace mask_scores_test
}  // namespace brenier::train
