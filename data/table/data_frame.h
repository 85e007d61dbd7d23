// A table of named columns with an index: the `obs` and `var` of an .h5ad file, every column kind kept as it was.
//
// Column kinds (specs of the anndata format 0.2.0): numeric of any width, boolean, string, categorical (codes with
// -1 for missing, ordered or not), nullable integer, nullable boolean, nullable string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "data/table/array.h"

namespace brenier::data {

using StringColumn = std::vector<std::string>;

struct CategoricalColumn {
  std::vector<std::int64_t> codes;                      // -1: missing; written in the smallest signed width that fits
  std::variant<StringColumn, NumericArray> categories;  // labels; numeric categories keep their dtype
  bool ordered = false;
  bool operator==(const CategoricalColumn&) const = default;
};

struct NullableColumn {  // nullable-integer, nullable-boolean: values with a mask
  NumericArray values;
  std::vector<bool> missing;
  bool operator==(const NullableColumn&) const = default;
};

struct NullableStringColumn {
  StringColumn values;
  std::vector<bool> missing;
  std::string na_value;  // "NA", "NaN" or empty when the file does not say
  bool operator==(const NullableStringColumn&) const = default;
};

using Column = std::variant<NumericArray, StringColumn, CategoricalColumn, NullableColumn, NullableStringColumn>;

[[nodiscard]] std::int64_t size(const Column& column);
// "float32", "bool", "string", "categorical", "ordered categorical of int64", "nullable int32", "nullable string".
[[nodiscard]] std::string kind(const Column& column);
// Any column as text, one a row; nullopt where missing (NaN counts as missing). Whole numbers print without a
// decimal point, other numbers as the shortest text that reads back the same, booleans as "True" and "False".
[[nodiscard]] std::vector<std::optional<std::string>> labels(const Column& column);

class DataFrame final {
 public:
  std::string index_name = "_index";
  std::vector<std::string> index;                       // row names, length rows()
  std::optional<Column> typed_index;                    // set when the file's index is not plain strings (numbers, ...)
  std::vector<std::pair<std::string, Column>> columns;  // in file order, each of length rows()

  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(index.size()); }
  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // The column; throws kData that lists the columns there are (nearest name first) when it is missing.
  [[nodiscard]] const Column& column(const std::string& name) const;
  // data::labels() of the named column.
  [[nodiscard]] std::vector<std::optional<std::string>> labels(const std::string& name) const;
  // A numeric column (or numeric labels) as double, NaN where missing; throws kData naming the first row that is no
  // number.
  [[nodiscard]] std::vector<double> numbers(const std::string& name) const;
  // Replaces or appends.
  void set(const std::string& name, Column column);
  // The same columns with the named rows, in the given order.
  [[nodiscard]] DataFrame select_rows(const std::vector<std::int64_t>& rows) const;
  bool operator==(const DataFrame&) const = default;
};

}  // namespace brenier::data
