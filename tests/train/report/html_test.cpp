#include "train/report/html.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace brenier::train {
namespace html_test {

TEST(EscapeHtml, NothingThatIsMarkupPasses) {
  EXPECT_EQ(escape_html(R"(<script>alert("x" & 'y')</script>)"),
            "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_html("IFN-β\t+\nγ"), "IFN-β\t+\nγ");
  EXPECT_EQ(escape_html(std::string("a\0b\x01\x7F", 5)), "ab");
}

TEST(EscapeHtml, BytesThatAreNoUtf8BecomeTheReplacementCharacter) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(escape_html("a\xFFz"), "a" + bad + "z");
  EXPECT_EQ(escape_html("\xC3"), bad) << "cut off";
  EXPECT_EQ(escape_html("\xC0\xAF"), bad + bad) << "an overlong slash";
  EXPECT_EQ(escape_html("\xED\xA0\x80"), bad + bad + bad) << "a surrogate";
  EXPECT_EQ(escape_html("\xF4\x90\x80\x80"), bad + bad + bad + bad) << "beyond U+10FFFF";
  EXPECT_EQ(escape_html("😀"), "😀");
}

RC_GTEST_PROP(EscapeHtml, NeverLeavesABracketOrQuote, (const std::string& text)) {
  RC_ASSERT(escape_html(text).find_first_of("<>\"'") == std::string::npos);
}

TEST(Shortened, CountsCharactersNotBytes) {
  EXPECT_EQ(shortened("αβγδ", 4), "αβγδ");
  EXPECT_EQ(shortened("αβγδε", 4), "αβγ…");
  EXPECT_EQ(shortened("", 4), "");
  EXPECT_EQ(shortened("ab", 1), "…");
}

TEST(HtmlTable, EscapesTextAndKeepsMarkup) {
  HtmlTable table({text_cell("a<b"), text_cell("n", "number")});
  table.add_row({text_cell("x&y"), {"<b>1</b>", "number best"}});
  const std::string markup = table.markup();
  EXPECT_NE(markup.find("<th scope=\"col\">a&lt;b</th>"), std::string::npos) << markup;
  EXPECT_NE(markup.find("<th scope=\"row\">x&amp;y</th>"), std::string::npos) << markup;
  EXPECT_NE(markup.find("<td class=\"number best\"><b>1</b></td>"), std::string::npos) << markup;
}

}  // namespace html_test
}  // namespace brenier::train
