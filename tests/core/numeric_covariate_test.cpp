#include "core/numeric_covariate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "core/finite_number.h"

namespace brenier::numeric_covariate_test {

Context aged(const std::string& age) { return make_context({}, {{"age", age}}); }

template <class F>
std::string message(F&& f) {
  try {
    (void)f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(FiniteNumber, IsTheWholeText) {
  EXPECT_EQ(finite_number("41"), 41.0);
  EXPECT_EQ(finite_number(" -2.5e1 "), -25.0);
  for (const char* text : {"", "  ", "1a", "nan", "inf", "1e999", "1,5", "0x10", "1 2"}) {
    EXPECT_FALSE(finite_number(text)) << text;
  }
}

TEST(NumericCovariate, IsScaledOverItsDifferentValues) {
  const auto age = numeric_covariate("age", {"30", "10", "30.0", "20"});
  EXPECT_DOUBLE_EQ(age.mean, 20.0);
  EXPECT_DOUBLE_EQ(age.deviation, std::sqrt(200.0 / 3));
  EXPECT_DOUBLE_EQ(age.low, 10.0);
  EXPECT_DOUBLE_EQ(age.high, 30.0);
  EXPECT_DOUBLE_EQ(encode_numeric("age", age, aged("20")), 0.0);
  EXPECT_DOUBLE_EQ(encode_numeric("age", age, aged("30")), 10.0 / age.deviation);
  EXPECT_DOUBLE_EQ(encode_numeric("age", age, Context{}), 0.0);
  // Values that float32 cannot tell apart.
  const auto time = numeric_covariate("time", {"1700000000", "1700000010"});
  EXPECT_DOUBLE_EQ(encode_numeric("time", time, make_context({}, {{"time", "1700000001"}})), -0.8);
}

TEST(NumericCovariate, RefusesWhatIsNoNumberAndWhatDoesNotVary) {
  EXPECT_NE(message([] { return numeric_covariate("age", {"30", "old"}); }).find("'old'"), std::string::npos);
  EXPECT_NE(message([] { return numeric_covariate("age", {"30", "30.0"}); }).find("30 only"), std::string::npos);
  EXPECT_NE(message([] { return numeric_covariate("age", {}); }).find("no value"), std::string::npos);
  const auto age = numeric_covariate("age", {"1", "2"});
  EXPECT_NE(message([&] { return encode_numeric("age", age, aged("?")); }).find("covariate 'age'"), std::string::npos);
}

TEST(NumericCovariate, DoubtsSayTheTrainingRange) {
  const std::map<std::string, NumericCovariate> known = {{"age", numeric_covariate("age", {"20", "60"})}};
  EXPECT_TRUE(numeric_doubts(known, aged("60.0")).empty());
  EXPECT_TRUE(numeric_doubts(known, aged("41")).empty());
  ASSERT_EQ(numeric_doubts(known, aged("61")).size(), 1U);
  EXPECT_NE(numeric_doubts(known, aged("61"))[0].find("age 61 lies outside the training range 20 to 60"),
            std::string::npos);
  EXPECT_NE(numeric_doubts(known, Context{}).at(0).find("mean of training, 40"), std::string::npos);
}

}  // namespace brenier::numeric_covariate_test
