#include "runtime/context_doubts.h"

#include <gtest/gtest.h>

namespace brenier::runtime {

TEST(ContextDoubts, NamesADoseOutsideTheTrainingRangeAndAnUnknownAction) {
  const std::vector<Context> training = {make_context({{"A", 0.1}}, {}), make_context({{"A", 10.0}, {"B", 1.0}}, {})};
  EXPECT_TRUE(context_doubts(training, make_context({{"A", 3.0}}, {})).empty());
  EXPECT_TRUE(context_doubts(training, make_context({{"A", 10.0}, {"B", 1.0}}, {})).empty());
  const auto high = context_doubts(training, make_context({{"A", 100.0}}, {}));
  ASSERT_EQ(high.size(), 1U);
  EXPECT_NE(high[0].find("dose 100 of 'A'"), std::string::npos);
  EXPECT_NE(high[0].find("0.1 to 10"), std::string::npos);
  const auto both = context_doubts(training, make_context({{"B", 0.5}, {"X", 1.0}}, {}));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_NE(both[0].find("(1 only)"), std::string::npos);
  EXPECT_NE(both[1].find("'X' was in no training context"), std::string::npos);
}

}  // namespace brenier::runtime
