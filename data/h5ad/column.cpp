#include "data/h5ad/column.h"

#include <unordered_set>
#include <utility>

#include "data/h5ad/attribute.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace column_detail {

Error column_error(hid_t object, const std::string& message) {
  return Error(ErrorKind::kData, message).at("'" + object_path(object) + "'");
}

void check_line(hid_t dataset) {
  const Extent extent = extent_of(dataset);
  if (extent.null || extent.shape.size() != 1) {
    throw column_error(dataset, "a column has another shape than one value a row")
        .found(std::to_string(extent.shape.size()) + " dimensions")
        .expected("1 dimension");
  }
}

std::vector<std::int64_t> whole_numbers(hid_t dataset, const ReadContext& context) {
  const NumericArray array = read_numeric(dataset, context.max_bytes);
  std::vector<std::int64_t> result;
  result.reserve(static_cast<std::size_t>(array.count()));
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_integral_v<T>) {
          for (const T value : values) result.push_back(static_cast<std::int64_t>(value));
        } else {
          throw column_error(dataset, "the codes of a categorical column are no whole numbers").found(array.dtype());
        }
      },
      array.values);
  return result;
}

std::vector<bool> read_mask(hid_t group, std::int64_t rows, const ReadContext& context) {
  const Dataset dataset = open_dataset(group, "mask");
  check_line(dataset.id());
  const NumericArray array = read_numeric(dataset.id(), context.max_bytes);
  if (array.count() != rows) {
    throw column_error(group, "the mask has another length than the values")
        .found(std::to_string(array.count()))
        .expected(std::to_string(rows));
  }
  std::vector<bool> missing(static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i) missing[static_cast<std::size_t>(i)] = array.at(i) != 0;
  return missing;
}

// Numbers, text or a masked text array in which nothing is missing.
std::variant<StringColumn, NumericArray> read_categories(hid_t object, const ReadContext& context) {
  if (is_group(object)) {
    NullableStringColumn column = read_nullable_strings(object, context);
    for (const bool missing : column.missing) {
      if (missing) throw column_error(object, "a category is missing").expected("a value for each category");
    }
    return std::move(column.values);
  }
  check_line(object);
  const Kind kind = kind_of(type_of(object).id());
  if (kind == Kind::kVlenString || kind == Kind::kFixedString) return read_strings(object, context.max_bytes).values;
  return read_numeric(object, context.max_bytes);
}

CategoricalColumn checked(CategoricalColumn column, hid_t object) {
  std::int64_t count = 0;
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& label) {
    ++count;
    if (!seen.insert(label).second) throw column_error(object, "two categories are equal").found("'" + label + "'");
  };
  if (const auto* names = std::get_if<StringColumn>(&column.categories)) {
    for (const std::string& name : *names) add(name);
  } else {
    const auto& numbers = std::get<NumericArray>(column.categories);
    for (std::int64_t i = 0; i < numbers.count(); ++i) add(numbers.text(i));
  }
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < -1 || column.codes[row] >= count) {
      throw column_error(object, "a code of a categorical column is out of range")
          .at("row " + std::to_string(row))
          .found(std::to_string(column.codes[row]))
          .expected("-1 (missing) to " + std::to_string(count - 1));
    }
  }
  return column;
}

// Frames of version 0.1.0: a dataset of codes with a reference to its categories.
CategoricalColumn read_legacy_categorical(hid_t parent, hid_t dataset, const ReadContext& context) {
  const Object categories = read_object_attribute(dataset, "categories", parent);
  if (!is_dataset(categories.id())) throw column_error(dataset, "its categories are no dataset");
  CategoricalColumn column;
  column.codes = whole_numbers(dataset, context);
  column.categories = read_categories(categories.id(), context);
  column.ordered = has_attribute(categories.id(), "ordered") && read_flag_attribute(categories.id(), "ordered");
  return checked(std::move(column), dataset);
}

// float16, which C++ has no type for, is held exactly by float32.
NumericArray read_half_column(hid_t dataset, const ReadContext& context) {
  const Extent extent = extent_of(dataset);
  check_readable(dataset, sizeof(float), context.max_bytes);
  std::vector<float> values(static_cast<std::size_t>(extent.count));
  read_rows(dataset, 0, extent.count, H5T_NATIVE_FLOAT, values.data());
  return make_column(std::move(values));
}

}  // namespace column_detail

CategoricalColumn read_categorical(hid_t group, const ReadContext& context) {
  CategoricalColumn column;
  const Dataset codes = open_dataset(group, "codes");
  column_detail::check_line(codes.id());
  column.codes = column_detail::whole_numbers(codes.id(), context);
  column.categories = column_detail::read_categories(open_child(group, "categories").id(), context);
  column.ordered = has_attribute(group, "ordered") && read_flag_attribute(group, "ordered");
  return column_detail::checked(std::move(column), group);
}

NullableColumn read_nullable(hid_t group, const ReadContext& context) {
  const Dataset values = open_dataset(group, "values");
  column_detail::check_line(values.id());
  NullableColumn column{read_numeric(values.id(), context.max_bytes), {}};
  column.missing = column_detail::read_mask(group, column.values.count(), context);
  return column;
}

NullableStringColumn read_nullable_strings(hid_t group, const ReadContext& context) {
  const Dataset values = open_dataset(group, "values");
  column_detail::check_line(values.id());
  NullableStringColumn column;
  column.values = read_strings(values.id(), context.max_bytes).values;
  column.missing = column_detail::read_mask(group, static_cast<std::int64_t>(column.values.size()), context);
  column.na_value = read_string_attribute(group, "na-value", "");
  return column;
}

Column read_column(hid_t parent, const std::string& name, const ReadContext& context) {
  const Object object = open_child(parent, name);
  const Encoding encoding = read_encoding(object.id());
  if (is_group(object.id())) {
    if (encoding.type == "categorical") return read_categorical(object.id(), context);
    if (encoding.type == "nullable-integer" || encoding.type == "nullable-boolean") {
      return read_nullable(object.id(), context);
    }
    if (encoding.type == "nullable-string-array") return read_nullable_strings(object.id(), context);
    throw column_detail::column_error(object.id(), "a column of this encoding is not supported")
        .found("encoding '" + encoding.type + "' " + encoding.version)
        .expected("categorical, nullable-integer, nullable-boolean, nullable-string-array, string-array or array");
  }
  if (!is_dataset(object.id())) throw column_detail::column_error(object.id(), "a column is neither group nor dataset");
  column_detail::check_line(object.id());
  if (has_attribute(object.id(), "categories")) {
    return column_detail::read_legacy_categorical(parent, object.id(), context);
  }
  const Type type = type_of(object.id());
  switch (kind_of(type.id())) {
    case Kind::kNumeric:
    case Kind::kBool:
      return read_numeric(object.id(), context.max_bytes);
    case Kind::kVlenString:
    case Kind::kFixedString:
      return read_strings(object.id(), context.max_bytes).values;
    default:
      if (H5Tget_class(type.id()) == H5T_FLOAT && H5Tget_size(type.id()) == 2) {
        return column_detail::read_half_column(object.id(), context);
      }
      throw column_detail::column_error(object.id(), "a column of this type is not supported")
          .found(name_of(type.id()))
          .expected("numbers, booleans or text");
  }
}

}  // namespace brenier::data::h5
