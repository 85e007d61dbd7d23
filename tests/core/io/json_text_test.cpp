#include "core/io/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/throws.h"

namespace brenier::tests {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string json_refusal(const std::string& text) {
  return error_text(ErrorKind::kData, [&] { (void)parse_json(text, "f.json", ErrorKind::kData); });
}

TEST(JsonText, ParsesAndKeepsTheOrder) {
  const auto json = parse_json(R"({"b": [1, 2.5, "x"], "a": {"b": null}})", "f.json");
  EXPECT_EQ(json.dump(), R"({"b":[1,2.5,"x"],"a":{"b":null}})");
  EXPECT_EQ(parse_json("  3 ", "f.json"), 3);
}

TEST(JsonText, SyntaxErrorsHaveTheirPlace) {
  EXPECT_THAT(json_refusal("{\n\"a\": 1,\n}"), AllOf(HasSubstr("f.json is not valid JSON"),
                                                     HasSubstr("f.json: line 3, column 1"), HasSubstr("found:    }")));
  EXPECT_THAT(json_refusal("[1, nan]"), HasSubstr("line 1, column 6"));
  EXPECT_THAT(json_refusal("[1] x"), HasSubstr("line 1, column 5"));
  EXPECT_THAT(json_refusal(""), HasSubstr("unexpected end of input"));
  EXPECT_THAT(json_refusal("[1, 1e999]"), AllOf(HasSubstr("overflow"), HasSubstr("line 1, column")));
  EXPECT_THAT(json_refusal("[\"\xff\"]"), HasSubstr("UTF-8"));
}

TEST(JsonText, ReasonSaysWhatWasExpected) {
  EXPECT_THAT(json_refusal("{\"a\" 1}"), HasSubstr("unexpected number literal; expected ':'"));
  EXPECT_THAT(json_refusal("{a: 1}"),
              AllOf(HasSubstr("invalid literal; expected string literal"), Not(HasSubstr("last read"))));
}

TEST(JsonText, LongLinesAreCutAroundTheColumn) {
  const std::string text = "[" + std::string(5000, ' ') + "?" + std::string(5000, ' ') + "]";
  const std::string message = json_refusal(text);
  EXPECT_THAT(message, AllOf(HasSubstr("line 1, column 5002"), HasSubstr("?")));
  EXPECT_LT(message.size(), 500U);
}

TEST(JsonText, KeyStatedTwiceIsRefused) {
  EXPECT_THAT(json_refusal("{\"a\": 1,\n \"b\": {\"a\": 1}, \"a\": 2}"),
              AllOf(HasSubstr("'a' twice"), HasSubstr("line 2, column 19")));
  EXPECT_NO_THROW((void)parse_json(R"([{"a": 1}, {"a": 1}])", "f.json"));
}

TEST(JsonText, DeepNestingIsRefused) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_NO_THROW((void)parse_json(nested(100), "f.json"));
  EXPECT_THAT(json_refusal(nested(102)), HasSubstr("nested deeper than 100"));
  EXPECT_THAT(json_refusal(std::string(1000000, '[')), HasSubstr("nested deeper than 100"));
}

TEST(JsonText, ShortenedValues) {
  EXPECT_EQ(shortened_json({{"a", {1, 2}}}), R"({"a":[1,2]})");
  EXPECT_EQ(shortened_json("abcdef", 4), "\"abc...");
  EXPECT_EQ(shortened_json("abµdef", 4), "\"ab...");  // not half a character
}

}  // namespace brenier::tests
