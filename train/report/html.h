// Text for a page: escaping, and the few elements that the report is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brenier::train {

// Safe as element content and inside a double-quoted attribute: & < > " ' become entities, bytes that are no UTF-8
// become U+FFFD, control characters other than tab and newline are dropped.
[[nodiscard]] std::string escape_html(std::string_view text);

// At most `limit` characters (code points) of the text, the cut marked by an ellipsis. Not escaped.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit);

// A cell of a table: escaped text, or markup that is already safe.
struct HtmlCell {
  std::string content;      // safe markup
  std::string style_class;  // "" for none
};
[[nodiscard]] HtmlCell text_cell(std::string_view text, std::string style_class = "");

// A table in a box that scrolls sideways on narrow screens. The first column is a row heading.
class HtmlTable final {
 public:
  explicit HtmlTable(std::vector<HtmlCell> head) : head_(std::move(head)) {}
  void add_row(std::vector<HtmlCell> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] std::string markup() const;

 private:
  std::vector<HtmlCell> head_;
  std::vector<std::vector<HtmlCell>> rows_;
};

// A part that opens and closes on a click (or tap), without script.
[[nodiscard]] std::string foldable(std::string_view title, const std::string& markup, bool open);

}  // namespace brenier::train
