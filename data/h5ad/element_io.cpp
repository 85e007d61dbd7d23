#include "data/h5ad/element_io.h"

#include <type_traits>
#include <utility>

#include "data/h5ad/attribute.h"
#include "data/h5ad/column.h"
#include "data/h5ad/column_writer.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/dataset_writer.h"
#include "data/h5ad/frame.h"
#include "data/h5ad/group.h"
#include "data/h5ad/record_array.h"
#include "data/h5ad/sparse.h"

namespace brenier::data::h5 {
namespace element_io_detail {

constexpr int kDeepest = 64;
constexpr std::int64_t kMostElements = 1'000'000;

Error unknown(hid_t object, const Encoding& encoding) {
  return Error(ErrorKind::kData, "an element has an encoding that is not supported")
      .at("'" + object_path(object) + "'")
      .found("'" + encoding.type + "' " + encoding.version);
}

Element read_group(hid_t group, ReadContext& context, int depth) {
  const Encoding encoding = read_encoding(group);
  if (is_sparse(group)) return read_sparse(group, context.max_bytes);
  if (encoding.type.empty() || encoding.type == "dict") return read_dict(group, context, depth);
  if (encoding.type == "dataframe") return read_frame(group, context);
  if (encoding.type == "categorical") return read_categorical(group, context);
  if (encoding.type == "nullable-integer" || encoding.type == "nullable-boolean") return read_nullable(group, context);
  if (encoding.type == "nullable-string-array") return read_nullable_strings(group, context);
  if (encoding.type == "awkward-array") {
    AwkwardArray array;
    array.form = read_string_attribute(group, "form");
    const std::vector<std::int64_t> length = read_integers_attribute(group, "length");
    if (length.size() != 1 || length[0] < 0) throw unknown(group, encoding).found("a damaged length");
    array.length = length[0];
    array.buffers = read_dict(group, context, depth);
    return array;
  }
  throw unknown(group, encoding);
}

Element read_dataset(hid_t dataset, const ReadContext& context) {
  const Encoding encoding = read_encoding(dataset);
  if (encoding.type == "null" || extent_of(dataset).null) return NullElement{};
  const bool known = encoding.type.empty() || encoding.type == "array" || encoding.type == "string-array" ||
                     encoding.type == "string" || encoding.type == "numeric-scalar" || encoding.type == "rec-array" ||
                     encoding.type == "bytes";
  if (!known) throw unknown(dataset, encoding);
  const Type type = type_of(dataset);
  switch (kind_of(type.id())) {
    case Kind::kNumeric:
    case Kind::kBool:
      return read_numeric(dataset, context.max_bytes);
    case Kind::kVlenString:
      return read_strings(dataset, context.max_bytes);
    case Kind::kFixedString: {
      StringArray array = read_strings(dataset, context.max_bytes);
      // Marked as an array of bytes: stays one. Without a mark it is text of an old writer.
      const bool bytes = encoding.type == "array" || encoding.type == "bytes";
      if (bytes) array.fixed_size = static_cast<std::int64_t>(H5Tget_size(type.id()));
      return array;
    }
    case Kind::kRecord:
      return read_records(dataset, context.max_bytes);
    case Kind::kOpaque: {
      OpaqueArray array = read_opaque(dataset, context.max_bytes);
      if (!encoding.type.empty()) array.encoding_type = encoding.type;
      return array;
    }
    case Kind::kUnsupported:
      break;
  }
  throw Error(ErrorKind::kData, "an element has a type that is not supported")
      .at("'" + object_path(dataset) + "'")
      .found(name_of(type.id()));
}

void write_value(hid_t parent, const std::string& name, const NullElement&, const WriteOptions&) {
  check_link_name(name);
  const Space space(H5Screate(H5S_NULL), "describe nothing");
  const Properties properties(H5Pcreate(H5P_DATASET_CREATE), "make dataset properties");
  check(H5Pset_obj_track_times(properties.id(), false), "keep the time of day out of the file");
  const Dataset dataset(H5Dcreate2(parent, name.c_str(), H5T_IEEE_F32LE, space.id(), link_properties().id(),
                                   properties.id(), H5P_DEFAULT),
                        "make a dataset");
  write_encoding(dataset.id(), {"null", "0.1.0"});
}

void write_value(hid_t parent, const std::string& name, const NumericArray& array, const WriteOptions& options) {
  const Dataset dataset = write_numeric(parent, name, array, options);
  write_encoding(dataset.id(), {array.shape.empty() ? "numeric-scalar" : "array", "0.2.0"});
}

void write_value(hid_t parent, const std::string& name, const StringArray& array, const WriteOptions& options) {
  const Dataset dataset = write_strings(parent, name, array, options);
  const bool scalar = array.shape.empty();
  if (array.fixed_size > 0) {
    write_encoding(dataset.id(), {scalar ? "bytes" : "array", "0.2.0"});
  } else {
    write_encoding(dataset.id(), {scalar ? "string" : "string-array", "0.2.0"});
  }
}

void write_value(hid_t parent, const std::string& name, const OpaqueArray& array, const WriteOptions& options) {
  write_encoding(write_opaque(parent, name, array, options).id(), {array.encoding_type, "0.2.0"});
}

void write_value(hid_t parent, const std::string& name, const RecordArray& records, const WriteOptions& options) {
  write_encoding(write_records(parent, name, records, options).id(), {"rec-array", "0.2.0"});
}

void write_value(hid_t parent, const std::string& name, const AwkwardArray& array, const WriteOptions& options) {
  const Group group = create_group(parent, name, array.form.size() > 32'000);
  write_encoding(group.id(), {"awkward-array", "0.1.0"});
  write_attribute(group.id(), "form", array.form);
  write_attribute(group.id(), "length", array.length);
  for (const DictEntry& entry : array.buffers.entries) write_element(group.id(), entry.name, entry.value, options);
}

void write_value(hid_t parent, const std::string& name, const Dict& dict, const WriteOptions& options) {
  const Group group = create_group(parent, name);
  write_encoding(group.id(), {"dict", "0.1.0"});
  for (const DictEntry& entry : dict.entries) write_element(group.id(), entry.name, entry.value, options);
}

}  // namespace element_io_detail

Element read_element(hid_t parent, const std::string& name, ReadContext& context, int depth) {
  const Object object = open_child(parent, name);
  if (depth > element_io_detail::kDeepest || ++context.visited > element_io_detail::kMostElements) {
    throw Error(ErrorKind::kData, "the file is nested without end, or holds more elements than any file should")
        .at("'" + object_path(object.id()) + "'");
  }
  if (is_group(object.id())) return element_io_detail::read_group(object.id(), context, depth);
  if (is_dataset(object.id())) return element_io_detail::read_dataset(object.id(), context);
  throw Error(ErrorKind::kData, "a member is neither group nor dataset").at("'" + object_path(object.id()) + "'");
}

Dict read_dict(hid_t group, ReadContext& context, int depth) {
  Dict dict;
  for (const std::string& name : child_names(group)) {
    try {
      dict.entries.push_back(DictEntry{name, read_element(group, name, context, depth + 1)});
    } catch (const Error& error) {
      if (!context.skip_unreadable) throw;
      context.notes.push_back(error.what());
    }
  }
  return dict;
}

Dict read_optional_dict(hid_t parent, const std::string& name, ReadContext& context) {
  if (!has_child(parent, name)) return {};
  const Object object = open_child(parent, name);
  if (!is_group(object.id())) {
    throw Error(ErrorKind::kData, "'" + child_path(parent, name) + "' is no group")
        .found("a dataset")
        .hint("a file written before anndata 0.7 must be written again: anndata.read_h5ad(path).write_h5ad(new_path)");
  }
  return read_dict(object.id(), context);
}

void write_element(hid_t parent, const std::string& name, const Element& element, const WriteOptions& options) {
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, SparseMatrix>) {
          write_sparse(parent, name, value, options);
        } else if constexpr (std::is_same_v<T, DataFrame>) {
          write_frame(parent, name, value, options);
        } else if constexpr (std::is_same_v<T, CategoricalColumn> || std::is_same_v<T, NullableColumn> ||
                             std::is_same_v<T, NullableStringColumn>) {
          write_column(parent, name, value, options);
        } else {
          element_io_detail::write_value(parent, name, value, options);
        }
      },
      element.value);
}

}  // namespace brenier::data::h5
