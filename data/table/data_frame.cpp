#include "data/table/data_frame.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

#include "core/error.h"
#include "core/nearest_name.h"

namespace brenier::data {
namespace data_frame_detail {

template <class T>
std::vector<T> take(const std::vector<T>& from, const std::vector<std::int64_t>& rows) {
  std::vector<T> chosen;
  chosen.reserve(rows.size());
  for (const std::int64_t row : rows) {
    if (row < 0 || row >= static_cast<std::int64_t>(from.size())) {
      throw Error(ErrorKind::kDefect, "a row of a table is out of range")
          .found("row " + std::to_string(row))
          .expected("0 to " + std::to_string(static_cast<std::int64_t>(from.size()) - 1));
    }
    chosen.push_back(from[static_cast<std::size_t>(row)]);
  }
  return chosen;
}

Column take_column(const Column& column, const std::vector<std::int64_t>& rows) {
  return std::visit(
      [&](const auto& c) -> Column {
        using T = std::decay_t<decltype(c)>;
        if constexpr (std::is_same_v<T, NumericArray>) {
          return select_rows(c, rows);
        } else if constexpr (std::is_same_v<T, StringColumn>) {
          return take(c, rows);
        } else if constexpr (std::is_same_v<T, CategoricalColumn>) {
          return CategoricalColumn{take(c.codes, rows), c.categories, c.ordered};
        } else if constexpr (std::is_same_v<T, NullableColumn>) {
          return NullableColumn{select_rows(c.values, rows), take(c.missing, rows)};
        } else {
          return NullableStringColumn{take(c.values, rows), take(c.missing, rows), c.na_value};
        }
      },
      column);
}

// The whole text as a number, or nothing.
std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::optional<std::string>> labels_of(const Column& column) {
  std::vector<std::optional<std::string>> result(static_cast<std::size_t>(size(column)));
  if (const auto* numeric = std::get_if<NumericArray>(&column)) {
    for (std::size_t i = 0; i < result.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      if (!std::isnan(numeric->at(row))) result[i] = numeric->text(row);
    }
  } else if (const auto* strings = std::get_if<StringColumn>(&column)) {
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = (*strings)[i];
  } else if (const auto* categorical = std::get_if<CategoricalColumn>(&column)) {
    const auto* names = std::get_if<StringColumn>(&categorical->categories);
    const auto* numbers = std::get_if<NumericArray>(&categorical->categories);
    for (std::size_t i = 0; i < result.size(); ++i) {
      const std::int64_t code = categorical->codes[i];
      if (code < 0) continue;
      result[i] = names != nullptr ? names->at(static_cast<std::size_t>(code)) : numbers->text(code);
    }
  } else if (const auto* nullable = std::get_if<NullableColumn>(&column)) {
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!nullable->missing[i]) result[i] = nullable->values.text(static_cast<std::int64_t>(i));
    }
  } else {
    const auto& nullable_text = std::get<NullableStringColumn>(column);
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!nullable_text.missing[i]) result[i] = nullable_text.values[i];
    }
  }
  return result;
}

}  // namespace data_frame_detail

std::int64_t size(const Column& column) {
  return std::visit(
      [](const auto& c) -> std::int64_t {
        using T = std::decay_t<decltype(c)>;
        if constexpr (std::is_same_v<T, NumericArray>) {
          return c.count();
        } else if constexpr (std::is_same_v<T, StringColumn>) {
          return static_cast<std::int64_t>(c.size());
        } else if constexpr (std::is_same_v<T, CategoricalColumn>) {
          return static_cast<std::int64_t>(c.codes.size());
        } else {
          return static_cast<std::int64_t>(c.missing.size());
        }
      },
      column);
}

std::vector<std::optional<std::string>> labels(const Column& column) { return data_frame_detail::labels_of(column); }

std::string kind(const Column& column) {
  return std::visit(
      [](const auto& c) -> std::string {
        using T = std::decay_t<decltype(c)>;
        if constexpr (std::is_same_v<T, NumericArray>) {
          return c.dtype();
        } else if constexpr (std::is_same_v<T, StringColumn>) {
          return "string";
        } else if constexpr (std::is_same_v<T, CategoricalColumn>) {
          const auto* numbers = std::get_if<NumericArray>(&c.categories);
          return std::string(c.ordered ? "ordered " : "") + "categorical" +
                 (numbers != nullptr ? " of " + numbers->dtype() : "");
        } else if constexpr (std::is_same_v<T, NullableColumn>) {
          return "nullable " + c.values.dtype();
        } else {
          return "nullable string";
        }
      },
      column);
}

bool DataFrame::has(const std::string& name) const {
  for (const auto& [key, column] : columns) {
    if (key == name) return true;
  }
  return false;
}

std::vector<std::string> DataFrame::names() const {
  std::vector<std::string> result;
  result.reserve(columns.size());
  for (const auto& [key, column] : columns) result.push_back(key);
  return result;
}

const Column& DataFrame::column(const std::string& name) const {
  for (const auto& [key, column] : columns) {
    if (key == name) return column;
  }
  std::vector<std::string> existing = names();
  const auto nearest = std::find(existing.begin(), existing.end(), nearest_name(name, existing));
  if (nearest != existing.end()) std::rotate(existing.begin(), nearest, nearest + 1);
  throw Error(ErrorKind::kData, "there is no column '" + name + "'").found("columns " + quoted_list(existing));
}

std::vector<std::optional<std::string>> DataFrame::labels(const std::string& name) const {
  return data_frame_detail::labels_of(column(name));
}

std::vector<double> DataFrame::numbers(const std::string& name) const {
  const Column& source = column(name);
  std::vector<double> result(static_cast<std::size_t>(size(source)), std::numeric_limits<double>::quiet_NaN());
  if (const auto* numeric = std::get_if<NumericArray>(&source)) {
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = numeric->at(static_cast<std::int64_t>(i));
    return result;
  }
  if (const auto* nullable = std::get_if<NullableColumn>(&source)) {
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!nullable->missing[i]) result[i] = nullable->values.at(static_cast<std::int64_t>(i));
    }
    return result;
  }
  if (const auto* categorical = std::get_if<CategoricalColumn>(&source)) {
    if (const auto* values = std::get_if<NumericArray>(&categorical->categories)) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        if (categorical->codes[i] >= 0) result[i] = values->at(categorical->codes[i]);
      }
      return result;
    }
  }
  const auto texts = data_frame_detail::labels_of(source);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!texts[i]) continue;
    const auto value = data_frame_detail::parse_number(*texts[i]);
    if (!value) {
      throw Error(ErrorKind::kData, "column '" + name + "' holds something that is no number")
          .at("row " + std::to_string(i) + (i < index.size() ? " ('" + index[i] + "')" : ""))
          .found("'" + *texts[i] + "'")
          .expected("a number in every row");
    }
    result[i] = *value;
  }
  return result;
}

void DataFrame::set(const std::string& name, Column column) {
  if (size(column) != rows()) {
    throw Error(ErrorKind::kDefect, "column '" + name + "' does not fit its table")
        .found(std::to_string(size(column)) + " rows")
        .expected(std::to_string(rows()) + " rows");
  }
  for (auto& [key, existing] : columns) {
    if (key == name) {
      existing = std::move(column);
      return;
    }
  }
  columns.emplace_back(name, std::move(column));
}

DataFrame DataFrame::select_rows(const std::vector<std::int64_t>& rows) const {
  DataFrame result;
  result.index_name = index_name;
  result.index = data_frame_detail::take(index, rows);
  if (typed_index) result.typed_index = data_frame_detail::take_column(*typed_index, rows);
  for (const auto& [key, column] : columns) {
    result.columns.emplace_back(key, data_frame_detail::take_column(column, rows));
  }
  return result;
}

}  // namespace brenier::data
