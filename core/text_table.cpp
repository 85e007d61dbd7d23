#include "core/text_table.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text_width.h"

namespace brenier {
namespace text_table_detail {

constexpr std::size_t kGap = 2;

// One line: a newline or escape inside a cell would break the table.
std::string clean(const std::string& text) { return cut_to_width(text, text.size() * 2); }

}  // namespace text_table_detail

TextTable::TextTable(std::vector<TextColumn> columns) : columns_(std::move(columns)) {
  for (TextColumn& column : columns_) column.title = text_table_detail::clean(column.title);
}

void TextTable::add_row(std::vector<std::string> cells, bool bold) {
  if (cells.size() != columns_.size()) {
    throw Error(ErrorKind::kDefect, "a table row has the wrong number of cells")
        .found(std::to_string(cells.size()))
        .expected(std::to_string(columns_.size()));
  }
  for (std::string& cell : cells) cell = text_table_detail::clean(cell);
  rows_.push_back({std::move(cells), bold});
}

void TextTable::add_rule() { rows_.push_back({}); }

std::vector<std::size_t> TextTable::widths() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = text_width(columns_[i].title);
    for (const Row& row : rows_) {
      if (!row.cells.empty()) width = std::max(width, text_width(row.cells[i]));
    }
    result.push_back(width);
  }
  return result;
}

std::string TextTable::line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                            bool bold) const {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text.append(text_table_detail::kGap, ' ');
    const std::string fill(widths[i] - text_width(cells[i]), ' ');
    text += columns_[i].align == Align::kRight ? fill + cells[i] : cells[i] + fill;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return bold ? "\x1b[1m" + text + "\x1b[0m\n" : text + "\n";
}

std::string TextTable::to_string(bool bold) const {
  if (columns_.empty()) return "";
  const std::vector<std::size_t> column_widths = widths();
  std::vector<std::string> titles;
  std::vector<std::string> rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    titles.push_back(columns_[i].title);
    rules.emplace_back(column_widths[i], '-');
  }
  const std::string rule = line(rules, column_widths, false);
  std::string text = line(titles, column_widths, bold) + rule;
  for (const Row& row : rows_) text += row.cells.empty() ? rule : line(row.cells, column_widths, bold && row.bold);
  return text;
}

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

}  // namespace brenier
