#include "core/config/fields.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/config/path.h"

namespace brenier::tests {

TEST(Range, ContainsItsClosedEndsOnly) {
  EXPECT_TRUE(Range::at_least(1).contains(1));
  EXPECT_FALSE(Range::above(1).contains(1));
  EXPECT_TRUE(Range::between(0, 1).contains(0) && Range::between(0, 1).contains(1));
  EXPECT_FALSE(Range::between_open(0, 1).contains(0) || Range::between_open(0, 1).contains(1));
  EXPECT_TRUE(Range::below(0, 1).contains(0));
  EXPECT_FALSE(Range::below(0, 1).contains(1));
  EXPECT_TRUE(Range::any().contains(-1e300));
  EXPECT_FALSE(Range::any().contains(std::nan("")));
}

TEST(Range, SaysWhatItAllows) {
  EXPECT_EQ(Range::at_least(1).to_string(), ">= 1");
  EXPECT_EQ(Range::above(0.5).to_string(), "> 0.5");
  EXPECT_EQ(Range::between(0, 1).to_string(), "in [0, 1]");
  EXPECT_EQ(Range::below(0, 1).to_string(), "in [0, 1)");
  EXPECT_EQ((Range{0, 1, true, false}).to_string(), "in (0, 1]");
  EXPECT_EQ((Range{-HUGE_VAL, 5, false, true}).to_string(), "< 5");
  EXPECT_EQ(Range::any().to_string(), "any number");
}

TEST(ConfigPath, SplitsAndJoins) {
  EXPECT_EQ(split_config_path("a.b.0"), (std::vector<std::string>{"a", "b", "0"}));
  EXPECT_EQ(split_config_path(R"(a\.b.c)"), (std::vector<std::string>{"a.b", "c"}));
  EXPECT_TRUE(split_config_path("").empty());
  EXPECT_TRUE(split_config_path("a..b").empty());
  EXPECT_TRUE(split_config_path("a.").empty());
  EXPECT_EQ(join_config_path("", "a"), "a");
  EXPECT_EQ(join_config_path("a", "b.c"), R"(a.b\.c)");
  EXPECT_EQ(join_json_pointer("/a", "b/c~d"), "/a/b~1c~0d");
}

}  // namespace brenier::tests
