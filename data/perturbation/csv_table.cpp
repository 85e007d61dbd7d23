#include "data/perturbation/csv_table.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/nearest_name.h"

namespace brenier::data {
namespace csv_table_detail {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"')
        fields.back() += line[++i];
      else
        quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

}  // namespace csv_table_detail

std::size_t CsvTable::column(const std::string& name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  Error error(ErrorKind::kData, "the table of descriptors has no such column");
  error.found("'" + name + "'").expected("one of " + quoted_list(header, 20));
  if (const auto near = nearest_name(name, header); !near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

CsvTable read_csv_table(const std::string& path) {
  std::istringstream lines(read_file(path));
  std::string line;
  const auto next = [&] {
    if (!std::getline(lines, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
  };
  if (!next()) throw Error(ErrorKind::kData, "the table of descriptors is empty").expected("a header and rows");
  CsvTable table{csv_table_detail::fields_of(line), {}, {}};
  for (std::size_t n = 2; next(); ++n) {
    if (line.empty()) continue;
    auto fields = csv_table_detail::fields_of(line);
    if (fields.size() != table.header.size()) {
      throw Error(ErrorKind::kData, "a row of descriptors has another length than the header")
          .at("line " + std::to_string(n))
          .found(std::to_string(fields.size()) + " fields")
          .expected(std::to_string(table.header.size()));
    }
    table.rows.push_back(std::move(fields));
    table.lines.push_back(n);
  }
  return table;
}

}  // namespace brenier::data
