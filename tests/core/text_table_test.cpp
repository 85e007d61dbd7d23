#include "core/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/number_text.h"
#include "core/text_width.h"
#include "tests/core/throws.h"

namespace brenier::tests {

TEST(TextTable, AlignsItsColumns) {
  TextTable table({{"method"}, {"r2", Align::kRight}, {"note"}});
  table.add_row({"model", "0.931", ""}, true);
  table.add_rule();
  table.add_row({"µ shift", "-0.5", "x"});
  EXPECT_EQ(table.to_string(),
            "method      r2  note\n"
            "-------  -----  ----\n"
            "model    0.931\n"
            "-------  -----  ----\n"
            "µ shift   -0.5  x\n");
}

TEST(TextTable, BoldOnlyWhereItIsAllowed) {
  TextTable table({{"a"}});
  table.add_row({"b"}, true);
  table.add_row({"c"});
  EXPECT_EQ(table.to_string(true), "\x1b[1ma\x1b[0m\n-\n\x1b[1mb\x1b[0m\nc\n");
  EXPECT_EQ(table.to_string(false), "a\n-\nb\nc\n");
}

TEST(TextTable, CellsCannotBreakTheLine) {
  TextTable table({{"a"}});
  table.add_row({"x\ny\x1b[0m"});
  EXPECT_EQ(table.to_string(), "a\n-------\nx y [0m\n");
}

TEST(TextTable, WrongNumberOfCellsIsADefect) {
  TextTable table({{"a"}, {"b"}});
  EXPECT_THAT(error_text(ErrorKind::kDefect, [&] { table.add_row({"x"}); }), ::testing::HasSubstr("expected: 2"));
  EXPECT_EQ(TextTable(std::vector<TextColumn>{}).to_string(), "");
}

TEST(TextWidth, CountsColumnsOfTheTerminal) {
  EXPECT_EQ(text_width("abc"), 3U);
  EXPECT_EQ(text_width("µß…"), 3U);
  EXPECT_EQ(text_width("細胞"), 4U);
  EXPECT_EQ(text_width("e\u0301"), 1U);  // combining accent
  EXPECT_EQ(text_width("🧬"), 2U);
  EXPECT_EQ(text_width("\xff\xc3"), 2U);  // not UTF-8
}

TEST(TextWidth, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to_width("abcdef", 3), "abc");
  EXPECT_EQ(cut_to_width("細胞", 3), "細");
  EXPECT_EQ(cut_to_width("a\nb\tc", 9), "a b c");
  EXPECT_EQ(cut_to_width("abc", 0), "");
}

TEST(NumberText, ShortestAndFixed) {
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1.0), "1");
  EXPECT_EQ(number_text(1e-5), "1e-05");
  EXPECT_EQ(fixed_text(0.9296, 3), "0.930");
  EXPECT_EQ(fixed_text(-1e300, 0).size(), 302U);
  EXPECT_EQ(fixed_text(std::stod("nan"), 3), "nan");
}

}  // namespace brenier::tests
