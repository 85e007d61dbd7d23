#include "core/nearest_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace brenier::tests {

TEST(NearestName, FindsTypingErrors) {
  const std::vector<std::string> known = {"steps", "learning_rate", "epsilon", "cell_type"};
  EXPECT_EQ(nearest_name("step", known), "steps");
  EXPECT_EQ(nearest_name("setps", known), "steps");  // swapped neighbours
  EXPECT_EQ(nearest_name("learningrate", known), "learning_rate");
  EXPECT_EQ(nearest_name("EPSILON", known), "epsilon");
  EXPECT_EQ(nearest_name("celltype", known), "cell_type");
}

TEST(NearestName, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest_name("perturbation", {"steps", "seed"}), "");
  EXPECT_EQ(nearest_name("x", {"id"}), "");  // two edits, but nothing in common
  EXPECT_EQ(nearest_name("x", {}), "");
  EXPECT_EQ(nearest_name("", {"ab"}), "");
}

TEST(NearestName, PrefersTheNearestThenTheFirst) {
  EXPECT_EQ(nearest_name("abcd", {"abxy", "abcx"}), "abcx");
  EXPECT_EQ(nearest_name("abcd", {"abcx", "abcy"}), "abcx");
}

RC_GTEST_PROP(NearestName, OneEditIsAlwaysNear, ()) {
  const auto name = *rc::gen::container<std::string>(rc::gen::inRange('a', 'z')).as("name");
  RC_PRE(name.size() >= 2);
  const auto at = *rc::gen::inRange<std::size_t>(0, name.size());
  std::string typed = name;
  typed.erase(at, 1);
  RC_ASSERT(nearest_name(typed, {name}) == name);
}

}  // namespace brenier::tests
