#include "data/perturbation/descriptor_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/finite_number.h"
#include "data/h5ad/reader.h"
#include "data/perturbation/csv_table.h"

namespace brenier::data {
namespace descriptor_table_detail {

float number(const std::string& text, const std::string& where) {
  const auto value = finite_number(text);
  if (!value || std::abs(*value) > std::numeric_limits<float>::max()) {
    throw Error(ErrorKind::kData, "a descriptor is no finite number").at(where).found("'" + text + "'");
  }
  return static_cast<float>(*value);
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
  const auto text = read_csv_table(settings.path);
  const auto name = settings.name_column.empty() ? 0 : text.column(settings.name_column);
  std::vector<std::size_t> chosen;
  for (const auto& column : settings.columns) chosen.push_back(text.column(column));
  for (std::size_t c = 0; settings.columns.empty() && c < text.header.size(); ++c) {
    if (c != name) chosen.push_back(c);
  }
  DescriptorTable table;
  for (const auto c : chosen) table.columns.push_back(text.header[c]);
  std::map<std::string, std::size_t> known;
  for (std::size_t r = 0; r < text.rows.size(); ++r) {
    const auto where = "line " + std::to_string(text.lines[r]);
    std::vector<float> row;
    for (const auto c : chosen) row.push_back(number(text.rows[r][c], where + ", column '" + text.header[c] + "'"));
    add(table, known, text.rows[r][name], row);
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
  fields.boolean("numeric", numeric, "The values of the covariate are numbers themselves (an age, a time): no table");
  fields.path("path", path, "The table: a text file with commas and a header, or an .h5ad file");
  fields.text("name_column", name_column, "Column with the names; empty: the first (text file), the index (.h5ad)");
  fields.texts("columns", columns,
               "Columns with numbers (text file), or descriptors of molecules by name; empty: all there are");
  fields.text("matrix", matrix, "Array of an .h5ad file: 'obsm/KEY' or 'varm/KEY'");
  fields.choice(
      "molecule", molecule, {"none", "morgan", "descriptors"},
      "Names stand for molecules, given by SMILES (needs a build with RDKit): Morgan fingerprints, or RDKit's "
      "2-D descriptors");
  fields.text("smiles_column", smiles_column,
              "Column with the SMILES: of the text file (empty: 'smiles'), or without a path of the cells' obs");
  fields.integer("radius", radius, Range{0, 10}, "Of Morgan fingerprints, in bonds");
  fields.integer("bits", bits, Range{8, 1 << 20}, "Length of Morgan fingerprints");
  fields.boolean("chirality", chirality, "Mirror images have different Morgan fingerprints");
  fields.boolean("largest_part", largest_part, "Of a salt or a mixture, only the part with most heavy atoms");
  const bool molecules = molecule != "none";
  fields.require("path", numeric || !path.empty() || (molecules && !smiles_column.empty()),
                 "is needed, unless the entry is numeric or names an obs column with SMILES (molecule, smiles_column)");
  fields.require("numeric", !numeric || (path.empty() && !molecules && of != kActionTable),
                 "is for a covariate column alone: no path, no molecule");
  fields.require("smiles_column", molecules || smiles_column.empty(), "needs molecule 'morgan' or 'descriptors'");
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
