#include "data/h5ad/element.h"

#include <type_traits>

namespace brenier::data {
namespace element_detail {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string describe_numeric(const NumericArray& array) {
  if (array.shape.empty() && array.count() == 1) return array.dtype() + " " + array.text(0);
  return array.dtype() + " " + shape_text(array.shape);
}

std::string describe_strings(const StringArray& array) {
  if (array.shape.empty() && array.values.size() == 1) {
    const std::string& text = array.values.front();
    return "string '" + (text.size() > 60 ? text.substr(0, 57) + "..." : text) + "'";
  }
  return "strings " + shape_text(array.shape);
}

std::string describe_categorical(const CategoricalColumn& column) {
  const auto* names = std::get_if<StringColumn>(&column.categories);
  const std::int64_t count =
      names != nullptr ? static_cast<std::int64_t>(names->size()) : std::get<NumericArray>(column.categories).count();
  return kind(column) + " [" + std::to_string(column.codes.size()) + "], " + std::to_string(count) + " categories";
}

}  // namespace element_detail

const Element* Dict::find(const std::string& name) const {
  for (const DictEntry& entry : entries) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

std::vector<std::string> Dict::names() const {
  std::vector<std::string> result;
  result.reserve(entries.size());
  for (const DictEntry& entry : entries) result.push_back(entry.name);
  return result;
}

void Dict::set(const std::string& name, Element value) {
  for (DictEntry& entry : entries) {
    if (entry.name == name) {
      entry.value = std::move(value);
      return;
    }
  }
  entries.push_back(DictEntry{name, std::move(value)});
}

bool Dict::operator==(const Dict& other) const { return entries == other.entries; }

std::vector<std::int64_t> shape(const Element& element) {
  return std::visit(
      [](const auto& v) -> std::vector<std::int64_t> {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, SparseMatrix>) {
          return {v.rows, v.cols};
        } else if constexpr (std::is_same_v<T, DataFrame>) {
          return {v.rows(), static_cast<std::int64_t>(v.columns.size())};
        } else if constexpr (std::is_same_v<T, NumericArray> || std::is_same_v<T, StringArray> ||
                             std::is_same_v<T, RecordArray> || std::is_same_v<T, OpaqueArray>) {
          return v.shape;
        } else if constexpr (std::is_same_v<T, CategoricalColumn> || std::is_same_v<T, NullableColumn> ||
                             std::is_same_v<T, NullableStringColumn>) {
          return {size(Column(v))};
        } else if constexpr (std::is_same_v<T, AwkwardArray>) {
          return {v.length};
        } else {
          return {};
        }
      },
      element.value);
}

std::string describe(const Element& element) {
  using element_detail::shape_text;
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, NullElement>) {
          return "null";
        } else if constexpr (std::is_same_v<T, NumericArray>) {
          return element_detail::describe_numeric(v);
        } else if constexpr (std::is_same_v<T, StringArray>) {
          return element_detail::describe_strings(v);
        } else if constexpr (std::is_same_v<T, SparseMatrix>) {
          return std::string(v.format == SparseFormat::kCsr ? "csr " : "csc ") + v.data.dtype() + " " +
                 shape_text({v.rows, v.cols}) + ", " + std::to_string(v.data.count()) + " stored";
        } else if constexpr (std::is_same_v<T, DataFrame>) {
          return "frame of " + std::to_string(v.rows()) + " rows, " + std::to_string(v.columns.size()) + " columns";
        } else if constexpr (std::is_same_v<T, CategoricalColumn>) {
          return element_detail::describe_categorical(v);
        } else if constexpr (std::is_same_v<T, NullableColumn> || std::is_same_v<T, NullableStringColumn>) {
          return kind(v) + " [" + std::to_string(v.missing.size()) + "]";
        } else if constexpr (std::is_same_v<T, RecordArray>) {
          return "records " + shape_text(v.shape) + " of " + std::to_string(v.fields.size()) + " fields";
        } else if constexpr (std::is_same_v<T, OpaqueArray>) {
          return v.dtype + " " + shape_text(v.shape);
        } else if constexpr (std::is_same_v<T, AwkwardArray>) {
          return "awkward array of " + std::to_string(v.length);
        } else {
          return "dict of " + std::to_string(v.entries.size());
        }
      },
      element.value);
}

}  // namespace brenier::data
