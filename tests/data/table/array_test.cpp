#include "data/table/array.h"

#include <gtest/gtest.h>

#include <limits>

#include "core/error.h"

namespace brenier::data {

TEST(NumericArray, KnowsItsDtype) {
  EXPECT_EQ(make_column(std::vector<float>{1}).dtype(), "float32");
  EXPECT_EQ(make_column(std::vector<double>{1}).dtype(), "float64");
  EXPECT_EQ(make_column(std::vector<std::int8_t>{1}).dtype(), "int8");
  EXPECT_EQ(make_column(std::vector<std::uint64_t>{1}).dtype(), "uint64");
  EXPECT_EQ(make_column(std::vector<Bool>{{1}}).dtype(), "bool");
}

TEST(NumericArray, GivesValuesAsDouble) {
  EXPECT_EQ(make_column(std::vector<std::int64_t>{1, -7}).at(1), -7.0);
  EXPECT_EQ(make_column(std::vector<Bool>{{0}, {1}}).at(1), 1.0);
  EXPECT_EQ(make_column(std::vector<float>{0.1F}).at(0), static_cast<double>(0.1F));
}

TEST(NumericArray, PrintsWholeNumbersWithoutPointAndOthersShortest) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto values = make_column(std::vector<double>{3.0, 0.1, -2.5, 1e20, 0.0, -0.0, kInfinity, 1e300});
  const std::vector<std::string> expected = {"3", "0.1", "-2.5", "1e+20", "0", "0", "inf", "1e+300"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(values.text(static_cast<std::int64_t>(i)), expected[i]);
  }
  EXPECT_EQ(make_column(std::vector<float>{0.1F}).text(0), "0.1");
  EXPECT_EQ(make_column(std::vector<double>{std::numeric_limits<double>::quiet_NaN()}).text(0), "nan");
  EXPECT_EQ(make_column(std::vector<std::uint64_t>{18446744073709551615U}).text(0), "18446744073709551615");
  EXPECT_EQ(make_column(std::vector<std::int8_t>{-128}).text(0), "-128");
  EXPECT_EQ(make_column(std::vector<Bool>{{1}}).text(0), "True");
}

TEST(NumericArray, SelectsRowsOfAnyRank) {
  const NumericArray array{{3, 2}, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}};
  const NumericArray chosen = select_rows(array, {2, 0, 2});
  EXPECT_EQ(chosen, (NumericArray{{3, 2}, std::vector<std::int32_t>{5, 6, 1, 2, 5, 6}}));
  EXPECT_EQ(select_rows(array, {}), (NumericArray{{0, 2}, std::vector<std::int32_t>{}}));
}

TEST(NumericArray, RefusesRowsOutOfRangeAndScalars) {
  const NumericArray array = make_column(std::vector<float>{1, 2});
  EXPECT_THROW((void)select_rows(array, {2}), Error);
  EXPECT_THROW((void)select_rows(array, {-1}), Error);
  EXPECT_THROW((void)select_rows(NumericArray{{}, std::vector<float>{1}}, {0}), Error);
}

}  // namespace brenier::data
