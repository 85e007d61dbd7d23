#include "core/recover_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace brenier::tests::recover_counts_test {

// log(1 + unit x count) in float32.
std::vector<float> logarithms(const std::vector<double>& counts, double unit) {
  std::vector<float> values;
  for (const double count : counts) values.push_back(static_cast<float>(std::log1p(unit * count)));
  return values;
}

TEST(RecoverCounts, FindsTheUnitOfACell) {
  for (const double unit : {1e4 / 19854.0, 1e4 / 731.0, 1e4 / 250001.0, 1.0 / 3.0}) {
    for (const std::vector<double>& counts :
         {std::vector<double>{1, 0, 2, 65, 1}, {0, 2, 3, 7}, {6, 10, 15}, {10, 21, 0}, {1, 4096, 65000}, {0, 0}, {1}}) {
      auto cell = logarithms(counts, unit);
      EXPECT_FALSE(recover_counts(cell).has_value());
      EXPECT_EQ(std::vector<double>(cell.begin(), cell.end()), counts) << unit;
    }
  }
}

TEST(RecoverCounts, ACommonDivisorIsLost) {
  auto cell = logarithms({2, 4, 8}, 0.3);
  EXPECT_FALSE(recover_counts(cell).has_value());
  EXPECT_EQ(cell, (std::vector<float>{1, 2, 4}));
}

TEST(RecoverCounts, WhatIsNoCountIsNamedAndLeft) {
  std::vector<float> cell = logarithms({1, 2, 5.237, 3}, 0.5);
  const auto before = cell;
  EXPECT_EQ(recover_counts(cell), std::optional<std::size_t>(2));
  EXPECT_EQ(cell, before);
  std::vector<float> huge = {1.0F, 3.0e4F};  // exp overflows
  EXPECT_EQ(recover_counts(huge), std::optional<std::size_t>(1));
}

TEST(RecoverCounts, WholeNumbersAreKnown) {
  EXPECT_TRUE(are_whole(std::vector<float>{0, 1, 7}));
  EXPECT_FALSE(are_whole(std::vector<float>{0, 1, 7.5F}));
}

}  // namespace brenier::tests::recover_counts_test
