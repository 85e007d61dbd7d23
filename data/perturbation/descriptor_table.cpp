#include "data/perturbation/descriptor_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/nearest_name.h"
#include "data/h5ad/reader.h"

namespace brenier::data {
namespace descriptor_table_detail {

// The fields of a line; a field in double quotes may hold commas, and "" is a quote.
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

std::size_t find_column(const std::vector<std::string>& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  Error error(ErrorKind::kData, "the table of descriptors has no such column");
  error.found("'" + name + "'").expected("one of " + quoted_list(header, 20));
  if (const auto near = nearest_name(name, header); !near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

float number(const std::string& text, const std::string& where) {
  double value = 0.0;
  const auto begin = text.find_first_not_of(' ');
  const char* first = text.data() + (begin == std::string::npos ? text.size() : begin);
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(first, end, value);
  if (first == end || status != std::errc() || stop != end || !std::isfinite(value)) {
    throw Error(ErrorKind::kData, "a descriptor is no finite number").at(where).found("'" + text + "'");
  }
  return static_cast<float>(value);
}

// Adds a row, or checks that it is the one that the name has.
void add(DescriptorTable& table, std::map<std::string, std::size_t>& known, const std::string& name,
         const std::vector<float>& row) {
  const auto [entry, fresh] = known.emplace(name, table.names.size());
  if (fresh) {
    table.names.push_back(name);
    table.values.insert(table.values.end(), row.begin(), row.end());
    return;
  }
  const auto first = table.values.begin() + static_cast<std::ptrdiff_t>(entry->second * row.size());
  if (!std::equal(row.begin(), row.end(), first)) {
    throw Error(ErrorKind::kData, "a name has two different rows of descriptors").found("'" + name + "'");
  }
}

DescriptorTable from_text(const DescriptorSettings& settings) {
  std::istringstream lines(read_file(settings.path));
  std::string line;
  const auto next = [&] {
    if (!std::getline(lines, line)) return false;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return true;
  };
  if (!next()) throw Error(ErrorKind::kData, "the table of descriptors is empty").expected("a header and rows");
  const auto header = fields_of(line);
  const auto name = settings.name_column.empty() ? 0 : find_column(header, settings.name_column);
  std::vector<std::size_t> chosen;
  for (const auto& column : settings.columns) chosen.push_back(find_column(header, column));
  for (std::size_t c = 0; settings.columns.empty() && c < header.size(); ++c) {
    if (c != name) chosen.push_back(c);
  }
  DescriptorTable table;
  for (const auto c : chosen) table.columns.push_back(header[c]);
  std::map<std::string, std::size_t> known;
  for (std::size_t n = 2; next(); ++n) {
    if (line.empty()) continue;
    const auto where = "line " + std::to_string(n);
    const auto fields = fields_of(line);
    if (fields.size() != header.size()) {
      throw Error(ErrorKind::kData, "a row of descriptors has another length than the header")
          .at(where)
          .found(std::to_string(fields.size()) + " fields")
          .expected(std::to_string(header.size()));
    }
    std::vector<float> row;
    for (const auto c : chosen) row.push_back(number(fields[c], where + ", column '" + header[c] + "'"));
    add(table, known, fields[name], row);
  }
  return table;
}

DescriptorTable from_h5ad(const DescriptorSettings& settings) {
  const auto slash = settings.matrix.find('/');
  const auto side = settings.matrix.substr(0, slash);
  if (slash == std::string::npos || (side != "obsm" && side != "varm")) {
    throw Error(ErrorKind::kUsage, "descriptors of an .h5ad file need an array")
        .at("data.descriptors.matrix")
        .found("'" + settings.matrix + "'")
        .expected("'obsm/KEY' or 'varm/KEY'");
  }
  const auto frame_element = read_h5ad_element(settings.path, side == "obsm" ? "obs" : "var");
  const auto array_element = read_h5ad_element(settings.path, settings.matrix);
  const auto* frame = std::get_if<DataFrame>(&frame_element.value);
  const auto* array = std::get_if<NumericArray>(&array_element.value);
  if (frame == nullptr || array == nullptr || array->shape.size() != 2 || array->shape[0] != frame->rows()) {
    throw Error(ErrorKind::kData, "descriptors are no table of numbers")
        .at(settings.matrix)
        .expected("a dense array with one row a name");
  }
  const auto width = array->shape[1];
  DescriptorTable table;
  for (std::int64_t d = 0; d < width; ++d) table.columns.push_back(std::to_string(d));
  std::vector<std::optional<std::string>> names;
  if (!settings.name_column.empty()) names = frame->labels(settings.name_column);
  std::map<std::string, std::size_t> known;
  for (std::int64_t r = 0; r < frame->rows(); ++r) {
    const auto i = static_cast<std::size_t>(r);
    if (!names.empty() && !names[i]) continue;
    std::vector<float> row;
    for (std::int64_t d = 0; d < width; ++d) {
      row.push_back(static_cast<float>(array->at(r * width + d)));
      if (std::isfinite(row.back())) continue;
      throw Error(ErrorKind::kData, "a descriptor is no finite number")
          .at(settings.matrix + ", row " + std::to_string(r) + ", column " + std::to_string(d));
    }
    add(table, known, names.empty() ? frame->index[i] : *names[i], row);
  }
  return table;
}

}  // namespace descriptor_table_detail

void DescriptorSettings::describe(Fields& fields) {
  fields.text("of", of, "What the rows describe: 'perturbation', or a column of data.perturbation.covariates");
  fields.path("path", path, "The table: a text file with commas and a header, or an .h5ad file");
  fields.text("name_column", name_column, "Column with the names; empty: the first (text file), the index (.h5ad)");
  fields.texts("columns", columns, "Columns with numbers (text file); empty: all but the names");
  fields.text("matrix", matrix, "Array of an .h5ad file: 'obsm/KEY' or 'varm/KEY'");
  fields.require("path", !path.empty(), "is needed");
}

DescriptorTable read_descriptors(const DescriptorSettings& settings) {
  return with_context("data.descriptors, " + settings.path, [&] {
    const bool h5ad = settings.path.size() > 5 && settings.path.compare(settings.path.size() - 5, 5, ".h5ad") == 0;
    auto table = h5ad ? descriptor_table_detail::from_h5ad(settings) : descriptor_table_detail::from_text(settings);
    if (table.names.empty() || table.columns.empty()) {
      throw Error(ErrorKind::kData, "the table of descriptors has no rows or no columns")
          .found(std::to_string(table.names.size()) + " rows, " + std::to_string(table.columns.size()) + " columns");
    }
    return table;
  });
}

}  // namespace brenier::data
