#include "tests/data/h5ad/element_json.h"

#include <string>
#include <type_traits>

namespace brenier::tests {
namespace element_json_detail {

using nlohmann::json;

std::string hex(const void* bytes, std::size_t size) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = static_cast<const unsigned char*>(bytes)[i];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

json describe(const data::NumericArray& array) {
  const std::string bytes =
      std::visit([](const auto& v) { return hex(v.data(), v.size() * sizeof(v[0])); }, array.values);
  return {{"type", "array"}, {"dtype", array.dtype()}, {"shape", array.shape}, {"hex", bytes}};
}

json describe(const data::StringArray& array) {
  return {{"type", "strings"}, {"shape", array.shape}, {"values", array.values}};
}

json describe(const data::StringColumn& column) {
  return describe(data::StringArray{{static_cast<std::int64_t>(column.size())}, column, 0});
}

json describe(const data::OpaqueArray& array) {
  return {{"type", "opaque"},
          {"dtype", array.dtype},
          {"shape", array.shape},
          {"hex", hex(array.bytes.data(), array.bytes.size())}};
}

json describe(const data::SparseMatrix& matrix) {
  return {{"type", matrix.format == data::SparseFormat::kCsr ? "csr" : "csc"},
          {"shape", {matrix.rows, matrix.cols}},
          {"data", describe(matrix.data)},
          {"indices", describe(matrix.indices)},
          {"indptr", describe(matrix.indptr)}};
}

json describe(const data::CategoricalColumn& column) {
  return {{"type", "categorical"},
          {"codes", column.codes},
          {"ordered", column.ordered},
          {"categories", std::visit([](const auto& c) { return describe(c); }, column.categories)}};
}

json describe(const data::NullableColumn& column) {
  return {{"type", "nullable"}, {"values", describe(column.values)}, {"missing", column.missing}};
}

json describe(const data::NullableStringColumn& column) {
  return {{"type", "nullable_strings"}, {"values", column.values}, {"missing", column.missing}};
}

json describe(const data::DataFrame& frame) {
  json columns = json::array();
  for (const auto& [name, column] : frame.columns) {
    columns.push_back({name, std::visit([](const auto& c) { return describe(c); }, column)});
  }
  return {{"type", "frame"}, {"index_name", frame.index_name}, {"index", frame.index}, {"columns", columns}};
}

json describe(const data::RecordArray& records) {
  json fields = json::array();
  for (const auto& [name, field] : records.fields) {
    fields.push_back({name, std::visit([](const auto& f) { return describe(f); }, field)});
  }
  return {{"type", "records"}, {"shape", records.shape}, {"fields", fields}};
}

json describe(const data::Dict& dict) {
  json entries = json::array();
  for (const data::DictEntry& entry : dict.entries) entries.push_back({entry.name, to_json(entry.value)});
  return {{"type", "dict"}, {"entries", entries}};
}

json describe(const data::AwkwardArray& array) {
  return {{"type", "awkward"}, {"form", array.form}, {"length", array.length}, {"buffers", describe(array.buffers)}};
}

json describe(const data::NullElement&) { return {{"type", "null"}}; }

}  // namespace element_json_detail

nlohmann::json to_json(const data::Element& element) {
  return std::visit([](const auto& value) { return element_json_detail::describe(value); }, element.value);
}

nlohmann::json to_json(const data::AnnData& data) {
  using element_json_detail::describe;
  nlohmann::json all = {{"obs", describe(data.obs)},   {"var", describe(data.var)},   {"layers", describe(data.layers)},
                        {"obsm", describe(data.obsm)}, {"varm", describe(data.varm)}, {"obsp", describe(data.obsp)},
                        {"varp", describe(data.varp)}, {"uns", describe(data.uns)}};
  if (data.x) all["X"] = to_json(*data.x);
  if (data.raw) {
    nlohmann::json entries = nlohmann::json::array();
    if (data.raw->x) entries.push_back({"X", to_json(*data.raw->x)});
    entries.push_back({"var", describe(data.raw->var)});
    entries.push_back({"varm", describe(data.raw->varm)});
    all["raw"] = {{"type", "dict"}, {"entries", entries}};
  }
  return all;
}

}  // namespace brenier::tests
