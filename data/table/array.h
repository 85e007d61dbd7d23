// A dense numeric array that keeps the dtype it had in its file: shape and typed values in row-major order.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace brenier::data {

// Booleans are stored as one byte each (an HDF5 enum FALSE=0, TRUE=1 in files).
struct Bool {
  std::uint8_t value = 0;
  bool operator==(const Bool&) const = default;
};

using NumericValues =
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int8_t>, std::vector<std::int16_t>,
                 std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<std::uint8_t>,
                 std::vector<std::uint16_t>, std::vector<std::uint32_t>, std::vector<std::uint64_t>, std::vector<Bool>>;

struct NumericArray {
  std::vector<std::int64_t> shape;  // {} is a scalar
  NumericValues values;

  [[nodiscard]] std::int64_t count() const;              // number of stored values
  [[nodiscard]] std::string dtype() const;               // "float32", "int8", "bool", ...
  [[nodiscard]] double at(std::int64_t i) const;         // value i in row-major order as double
  [[nodiscard]] std::string text(std::int64_t i) const;  // value i as text: "3", "0.25", "True", "nan"
  bool operator==(const NumericArray&) const = default;
};

// A one-dimensional array of the given values.
template <class T>
[[nodiscard]] NumericArray make_column(std::vector<T> values) {
  return NumericArray{{static_cast<std::int64_t>(values.size())}, NumericValues(std::move(values))};
}

// The entries of axis 0 named by rows, in the given order. Throws kDefect for a scalar or a row out of range.
[[nodiscard]] NumericArray select_rows(const NumericArray& array, const std::vector<std::int64_t>& rows);

}  // namespace brenier::data
