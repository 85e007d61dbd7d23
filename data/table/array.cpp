#include "data/table/array.h"

#include <charconv>
#include <cmath>
#include <type_traits>

#include "core/error.h"

namespace brenier::data {
namespace array_detail {

template <class T>
std::string dtype_name() {
  if constexpr (std::is_same_v<T, Bool>) {
    return "bool";
  } else if constexpr (std::is_floating_point_v<T>) {
    return "float" + std::to_string(8 * sizeof(T));
  } else {
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  }
}

template <class T>
std::string value_text(T value) {
  if constexpr (std::is_same_v<T, Bool>) {
    return value.value != 0 ? "True" : "False";
  } else if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    if (value == T(0)) return "0";
    if (std::trunc(value) == value && std::abs(value) < T(1e15)) {
      return std::to_string(static_cast<std::int64_t>(value));
    }
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
    return std::string(buffer, end.ptr);
  } else {
    return std::to_string(value);
  }
}

}  // namespace array_detail

std::int64_t NumericArray::count() const {
  return std::visit([](const auto& v) { return static_cast<std::int64_t>(v.size()); }, values);
}

std::string NumericArray::dtype() const {
  return std::visit(
      [](const auto& v) { return array_detail::dtype_name<typename std::decay_t<decltype(v)>::value_type>(); }, values);
}

double NumericArray::at(std::int64_t i) const {
  return std::visit(
      [i](const auto& v) -> double {
        const auto value = v.at(static_cast<std::size_t>(i));
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, Bool>) {
          return value.value != 0 ? 1.0 : 0.0;
        } else {
          return static_cast<double>(value);
        }
      },
      values);
}

std::string NumericArray::text(std::int64_t i) const {
  return std::visit([i](const auto& v) { return array_detail::value_text(v.at(static_cast<std::size_t>(i))); }, values);
}

NumericArray select_rows(const NumericArray& array, const std::vector<std::int64_t>& rows) {
  if (array.shape.empty()) throw Error(ErrorKind::kDefect, "rows of a scalar array were asked for");
  std::int64_t width = 1;
  for (std::size_t axis = 1; axis < array.shape.size(); ++axis) width *= array.shape[axis];
  NumericArray result;
  result.shape = array.shape;
  result.shape[0] = static_cast<std::int64_t>(rows.size());
  std::visit(
      [&](const auto& source) {
        std::decay_t<decltype(source)> chosen;
        chosen.reserve(rows.size() * static_cast<std::size_t>(width));
        for (const std::int64_t row : rows) {
          if (row < 0 || row >= array.shape[0]) {
            throw Error(ErrorKind::kDefect, "a row of an array is out of range")
                .found("row " + std::to_string(row))
                .expected("0 to " + std::to_string(array.shape[0] - 1));
          }
          const auto first = source.begin() + row * width;
          chosen.insert(chosen.end(), first, first + width);
        }
        result.values = std::move(chosen);
      },
      array.values);
  return result;
}

}  // namespace brenier::data
