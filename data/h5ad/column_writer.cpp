#include "data/h5ad/column_writer.h"

#include <limits>
#include <type_traits>

#include "data/h5ad/attribute.h"
#include "data/h5ad/dataset_writer.h"
#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace column_writer_detail {

void write_array(hid_t parent, const std::string& name, const NumericArray& array, const WriteOptions& options) {
  write_encoding(write_numeric(parent, name, array, options).id(), {"array", "0.2.0"});
}

void write_text(hid_t parent, const std::string& name, const StringColumn& values, const WriteOptions& options) {
  const StringArray array{{static_cast<std::int64_t>(values.size())}, values, 0};
  write_encoding(write_strings(parent, name, array, options).id(), {"string-array", "0.2.0"});
}

template <class T>
NumericArray narrowed(const std::vector<std::int64_t>& codes) {
  return make_column(std::vector<T>(codes.begin(), codes.end()));
}

NumericArray stored_codes(const std::vector<std::int64_t>& codes, std::int64_t categories) {
  if (categories < std::numeric_limits<std::int8_t>::max()) return narrowed<std::int8_t>(codes);
  if (categories < std::numeric_limits<std::int16_t>::max()) return narrowed<std::int16_t>(codes);
  if (categories < std::numeric_limits<std::int32_t>::max()) return narrowed<std::int32_t>(codes);
  return make_column(codes);
}

void write(hid_t parent, const std::string& name, const CategoricalColumn& column, const WriteOptions& options) {
  const auto* names = std::get_if<StringColumn>(&column.categories);
  const auto* numbers = std::get_if<NumericArray>(&column.categories);
  const std::int64_t count = names != nullptr ? static_cast<std::int64_t>(names->size()) : numbers->count();
  for (const std::int64_t code : column.codes) {
    if (code < -1 || code >= count) {
      throw Error(ErrorKind::kDefect, "a code of categorical column '" + name + "' is out of range")
          .found(std::to_string(code))
          .expected("-1 to " + std::to_string(count - 1));
    }
  }
  const Group group = create_group(parent, name);
  write_encoding(group.id(), {"categorical", "0.2.0"});
  write_flag_attribute(group.id(), "ordered", column.ordered);
  write_array(group.id(), "codes", stored_codes(column.codes, count), options);
  if (names != nullptr) {
    write_text(group.id(), "categories", *names, options);
  } else {
    write_array(group.id(), "categories", *numbers, options);
  }
}

void write_mask(hid_t group, const std::vector<bool>& missing, std::int64_t rows, const WriteOptions& options) {
  if (static_cast<std::int64_t>(missing.size()) != rows) {
    throw Error(ErrorKind::kDefect, "the mask of a column has another length than its values")
        .at("'" + object_path(group) + "'")
        .found(std::to_string(missing.size()))
        .expected(std::to_string(rows));
  }
  std::vector<Bool> stored;
  stored.reserve(missing.size());
  for (const bool value : missing) stored.push_back(Bool{static_cast<std::uint8_t>(value ? 1 : 0)});
  write_array(group, "mask", make_column(std::move(stored)), options);
}

void write(hid_t parent, const std::string& name, const NullableColumn& column, const WriteOptions& options) {
  const bool boolean = std::holds_alternative<std::vector<Bool>>(column.values.values);
  if (column.values.dtype().starts_with("float")) {
    throw Error(ErrorKind::kDefect, "the format has no masked floating-point columns")
        .at("column '" + name + "'")
        .expected("a plain column with NaN where a value is missing");
  }
  const Group group = create_group(parent, name);
  write_encoding(group.id(), {boolean ? "nullable-boolean" : "nullable-integer", "0.1.0"});
  write_array(group.id(), "values", column.values, options);
  write_mask(group.id(), column.missing, column.values.count(), options);
}

void write(hid_t parent, const std::string& name, const NullableStringColumn& column, const WriteOptions& options) {
  const Group group = create_group(parent, name);
  write_encoding(group.id(), {"nullable-string-array", "0.1.0"});
  if (!column.na_value.empty()) write_attribute(group.id(), "na-value", column.na_value);
  write_text(group.id(), "values", column.values, options);
  write_mask(group.id(), column.missing, static_cast<std::int64_t>(column.values.size()), options);
}

}  // namespace column_writer_detail

void write_column(hid_t parent, const std::string& name, const Column& column, const WriteOptions& options) {
  std::visit(
      [&](const auto& content) {
        using T = std::decay_t<decltype(content)>;
        if constexpr (std::is_same_v<T, NumericArray>) {
          column_writer_detail::write_array(parent, name, content, options);
        } else if constexpr (std::is_same_v<T, StringColumn>) {
          column_writer_detail::write_text(parent, name, content, options);
        } else {
          column_writer_detail::write(parent, name, content, options);
        }
      },
      column);
}

}  // namespace brenier::data::h5
