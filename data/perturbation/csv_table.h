// A text file with commas: a header, then rows of as many fields. A field in double quotes may hold commas, and "" is a
// quote. Empty lines are left out; lines may end in CR LF.
//
// Errors, kData: no such file, no header, a row of another length than the header (with its line), a column that is not
// there (with the nearest).
#pragma once

#include <string>
#include <vector>

namespace brenier::data {

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header
  std::vector<std::size_t> lines;              // per row: its line in the file, from 1

  [[nodiscard]] std::size_t column(const std::string& name) const;
};

[[nodiscard]] CsvTable read_csv_table(const std::string& path);

}  // namespace brenier::data
