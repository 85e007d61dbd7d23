// What an .h5ad file can hold, in memory and without loss: every element keeps its dtype, its sparse format and the
// type of its indices. No HDF5 here.
//
// Not kept bit by bit, because the meaning is the same: byte order (values are native), chunking and compression,
// the width of categorical codes (the smallest that fits is written), fixed-length strings of frames and of files
// without encoding marks (written with variable length), float16 columns of frames (read as float32).
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "data/table/array.h"
#include "data/table/data_frame.h"

namespace brenier::data {

// Python's None.
struct NullElement {
  bool operator==(const NullElement&) const = default;
};

// Strings of any rank; shape {} is one string. Bytes are kept as they are (UTF-8 is expected, not checked).
struct StringArray {
  std::vector<std::int64_t> shape;
  std::vector<std::string> values;
  std::int64_t fixed_size = 0;  // bytes of each value for arrays of fixed-length byte strings; 0: variable length
  bool operator==(const StringArray&) const = default;
};

enum class SparseFormat { kCsr, kCsc };

// Compressed rows (columns) as stored: data of any dtype; indices and indptr signed or unsigned, 8 to 64 bit.
// Indices within a row need not be sorted.
struct SparseMatrix {
  SparseFormat format = SparseFormat::kCsr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  NumericArray data;
  NumericArray indices;
  NumericArray indptr;
  bool operator==(const SparseMatrix&) const = default;
};

// An array whose numbers C++ has no type for (float16, complex, long double, other enums): the bytes of the values
// and HDF5's own description of their type.
struct OpaqueArray {
  std::vector<std::int64_t> shape;
  std::string dtype;               // for people: "float16", "complex128", ...
  std::vector<std::uint8_t> type;  // H5Tencode
  std::vector<std::uint8_t> bytes;
  std::string encoding_type = "array";
  bool operator==(const OpaqueArray&) const = default;
};

// A structured array (numpy recarray), one entry a field; each value has the record array's shape in front, then
// the field's own when it is an array. uns/rank_genes_groups uses them.
struct RecordArray {
  using Field = std::variant<NumericArray, StringArray, OpaqueArray>;
  std::vector<std::int64_t> shape;
  std::vector<std::pair<std::string, Field>> fields;
  bool operator==(const RecordArray&) const = default;
};

struct Element;
struct DictEntry;

// A mapping in file order.
struct Dict {
  std::vector<DictEntry> entries;

  // The named entry's value, or nullptr.
  [[nodiscard]] const Element* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  void set(const std::string& name, Element value);  // replaces or appends
  bool operator==(const Dict&) const;
};

// Ragged arrays of the awkward library: kept as the buffers they are stored in, not interpreted.
struct AwkwardArray {
  std::string form;  // JSON
  std::int64_t length = 0;
  Dict buffers;
  bool operator==(const AwkwardArray&) const = default;
};

struct Element {
  using Value = std::variant<NullElement, NumericArray, StringArray, SparseMatrix, DataFrame, CategoricalColumn,
                             NullableColumn, NullableStringColumn, RecordArray, OpaqueArray, AwkwardArray, Dict>;
  Value value;

  Element() = default;
  template <class T>
    requires(!std::is_same_v<std::remove_cvref_t<T>, Element> && std::is_constructible_v<Value, T &&>)
  Element(T&& content) : value(std::forward<T>(content)) {}  // NOLINT(google-explicit-constructor): a sum type

  // The content as a T, or nullptr.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
  bool operator==(const Element&) const = default;
};

struct DictEntry {
  std::string name;
  Element value;
  bool operator==(const DictEntry&) const = default;
};

// Rows and columns of a matrix-like element; {} when it has neither. A frame counts as rows x columns.
[[nodiscard]] std::vector<std::int64_t> shape(const Element& element);
// "float32 [1975, 6998]", "csr float32 [1975, 6998], 643449 stored", "dict of 3", "string 'X'", "categorical, 7
// categories".
[[nodiscard]] std::string describe(const Element& element);

}  // namespace brenier::data
