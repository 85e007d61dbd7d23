// A table of plain text with aligned columns, as the terminal shows it:
//
//   method            r2_mean   r2_top50
//   ----------------  -------   --------
//   model               0.931      0.842
//
// Widths are those of the terminal (UTF-8, wide characters). Lines have no trailing spaces.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

namespace brenier {

enum class Align { kLeft, kRight };

struct TextColumn {
  std::string title;
  Align align = Align::kLeft;
};

class TextTable final {
 public:
  explicit TextTable(std::vector<TextColumn> columns);

  // One cell a column, otherwise kDefect is thrown. `bold`: shown so where bold text is allowed.
  void add_row(std::vector<std::string> cells, bool bold = false);
  // A horizontal line before the next row.
  void add_rule();

  // `bold`: titles and bold rows carry terminal escapes; pass is_terminal(stdout).
  [[nodiscard]] std::string to_string(bool bold = false) const;

 private:
  struct Row {
    std::vector<std::string> cells;  // empty: a rule
    bool bold = false;
  };

  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] std::string line(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths,
                                 bool bold) const;

  std::vector<TextColumn> columns_;
  std::vector<Row> rows_;
};

[[nodiscard]] bool is_terminal(std::FILE* stream);

}  // namespace brenier
