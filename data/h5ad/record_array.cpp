#include "data/h5ad/record_array.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "data/h5ad/dataset.h"
#include "data/h5ad/dataset_writer.h"
#include "data/h5ad/string_values.h"

namespace brenier::data::h5 {
namespace record_array_detail {

std::string member_name(hid_t type, unsigned i) {
  char* name = H5Tget_member_name(type, i);
  if (name == nullptr) throw library_error("cannot read the name of a field");
  std::string text(name);
  H5free_memory(name);
  return text;
}

// A compound in memory with this one field at offset 0.
Type single_field(const std::string& name, hid_t type) {
  Type compound(H5Tcreate(H5T_COMPOUND, H5Tget_size(type)), "make a field type");
  check(H5Tinsert(compound.id(), name.c_str(), 0, type), "make a field type");
  return compound;
}

// The shape of an array field; {} for a plain one. `base` becomes the type of its values.
std::vector<std::int64_t> split_array(Type& base) {
  std::vector<std::int64_t> shape;
  while (H5Tget_class(base.id()) == H5T_ARRAY) {
    const int rank = H5Tget_array_ndims(base.id());
    std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(rank, 0)));
    if (rank < 0 || H5Tget_array_dims2(base.id(), sizes.data()) < 0) throw library_error("cannot read an array field");
    shape.insert(shape.end(), sizes.begin(), sizes.end());
    base = Type(H5Tget_super(base.id()), "read an array field");
  }
  return shape;
}

Type array_of(const Type& base, const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return {H5Tcopy(base.id()), "copy a type"};
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  return {H5Tarray_create2(base.id(), static_cast<unsigned>(sizes.size()), sizes.data()), "make an array field"};
}

struct FieldReader {
  hid_t dataset;
  const Extent& extent;
  std::int64_t max_bytes;

  RecordArray::Field read(const std::string& name, Type base) const {
    const std::vector<std::int64_t> inner = split_array(base);
    std::vector<std::int64_t> shape = extent.shape;
    shape.insert(shape.end(), inner.begin(), inner.end());
    const std::int64_t count = extent_count(shape);
    check_readable(dataset, H5Tget_size(base.id()) * static_cast<std::size_t>(extent_count(inner)), max_bytes);
    switch (kind_of(base.id())) {
      case Kind::kNumeric:
      case Kind::kBool:
        return numbers(name, base, inner, std::move(shape), count);
      case Kind::kVlenString:
      case Kind::kFixedString:
        if (inner.empty()) return texts(name, base, std::move(shape));
        break;
      case Kind::kOpaque:
        return opaque(name, base, inner, std::move(shape), count);
      default:
        break;
    }
    throw Error(ErrorKind::kData, "field '" + name + "' of a record array has a type that is not supported")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(base.id()));
  }

  RecordArray::Field numbers(const std::string& name, const Type& base, const std::vector<std::int64_t>& inner,
                             std::vector<std::int64_t> shape, std::int64_t count) const {
    NumericArray array{std::move(shape), values_for(base.id())};
    const Type memory = single_field(name, array_of(memory_type(array.values), inner).id());
    std::visit(
        [&](auto& values) {
          values.resize(static_cast<std::size_t>(count));
          if (!values.empty()) load(memory, values.data());
        },
        array.values);
    return array;
  }

  RecordArray::Field texts(const std::string& name, const Type& base, std::vector<std::int64_t> shape) const {
    const Space space(H5Dget_space(dataset), "read the shape of a dataset");
    StringArray array{std::move(shape), {}, 0};
    array.values = read_string_values(base.id(), space.id(), extent.count, [&](hid_t memory, void* buffer) {
      return H5Dread(dataset, single_field(name, memory).id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
    });
    return array;
  }

  RecordArray::Field opaque(const std::string& name, const Type& base, const std::vector<std::int64_t>& inner,
                            std::vector<std::int64_t> shape, std::int64_t count) const {
    OpaqueArray array;
    array.shape = std::move(shape);
    array.dtype = name_of(base.id());
    std::size_t length = 0;
    check(H5Tencode(base.id(), nullptr, &length), "describe a type");
    array.type.resize(length);
    check(H5Tencode(base.id(), array.type.data(), &length), "describe a type");
    array.bytes.resize(static_cast<std::size_t>(count) * H5Tget_size(base.id()));
    if (!array.bytes.empty()) load(single_field(name, array_of(base, inner).id()), array.bytes.data());
    return array;
  }

  void load(const Type& memory, void* out) const {
    check(H5Dread(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, out), "read a field of a record array");
  }
};

// The stored type of one value of a field, without its array part.
Type stored_type(const RecordArray::Field& field) {
  if (const auto* numbers = std::get_if<NumericArray>(&field)) return memory_type(numbers->values);
  if (const auto* opaque = std::get_if<OpaqueArray>(&field)) {
    return {H5Tdecode(opaque->type.data()), "understand a stored type"};
  }
  return string_type();
}

const std::vector<std::int64_t>& shape_of(const RecordArray::Field& field) {
  return std::visit([](const auto& f) -> const std::vector<std::int64_t>& { return f.shape; }, field);
}

std::int64_t count_of(const RecordArray::Field& field) {
  if (const auto* numbers = std::get_if<NumericArray>(&field)) return numbers->count();
  if (const auto* texts = std::get_if<StringArray>(&field)) return static_cast<std::int64_t>(texts->values.size());
  return extent_count(std::get<OpaqueArray>(field).shape);
}

void write_field(hid_t dataset, const std::string& name, const RecordArray::Field& field, const Type& type) {
  if (count_of(field) == 0) return;
  const Type memory = single_field(name, type.id());
  const void* values = nullptr;
  std::vector<const char*> texts;
  if (const auto* numbers = std::get_if<NumericArray>(&field)) {
    values = std::visit([](const auto& v) -> const void* { return v.data(); }, numbers->values);
  } else if (const auto* opaque = std::get_if<OpaqueArray>(&field)) {
    values = opaque->bytes.data();
  } else {
    for (const std::string& text : std::get<StringArray>(field).values) {
      require_no_nul(text);
      texts.push_back(text.c_str());
    }
    values = texts.data();
  }
  check(H5Dwrite(dataset, memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write a field of a record array");
}

}  // namespace record_array_detail

RecordArray read_records(hid_t dataset, std::int64_t max_bytes) {
  const Type type = type_of(dataset);
  const Extent extent = extent_of(dataset);
  const int count = H5Tget_nmembers(type.id());
  if (kind_of(type.id()) != Kind::kRecord || count < 0) {
    throw Error(ErrorKind::kData, "a dataset is no record array")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(type.id()));
  }
  RecordArray records{extent.shape, {}};
  const record_array_detail::FieldReader reader{dataset, extent, max_bytes};
  for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
    const std::string name = record_array_detail::member_name(type.id(), i);
    Type base(H5Tget_member_type(type.id(), i), "read the type of a field");
    records.fields.emplace_back(name, reader.read(name, std::move(base)));
  }
  return records;
}

Dataset write_records(hid_t parent, const std::string& name, const RecordArray& records, const WriteOptions& options) {
  namespace detail = record_array_detail;
  if (records.fields.empty()) throw Error(ErrorKind::kData, "a record array without fields cannot be written");
  std::vector<Type> types;
  std::size_t size = 0;
  for (const auto& [field_name, field] : records.fields) {
    const std::vector<std::int64_t>& shape = detail::shape_of(field);
    const std::size_t rank = records.shape.size();
    const bool fits = shape.size() >= rank && std::equal(records.shape.begin(), records.shape.end(), shape.begin());
    if (!fits || detail::count_of(field) != extent_count(shape)) {
      throw Error(ErrorKind::kDefect, "field '" + field_name + "' of a record array has another shape than the array");
    }
    types.push_back(
        detail::array_of(detail::stored_type(field), {shape.begin() + static_cast<std::ptrdiff_t>(rank), shape.end()}));
    size += H5Tget_size(types.back().id());
  }
  const Type compound(H5Tcreate(H5T_COMPOUND, size), "make a record type");
  std::size_t offset = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    check(H5Tinsert(compound.id(), records.fields[i].first.c_str(), offset, types[i].id()), "make a record type");
    offset += H5Tget_size(types[i].id());
  }
  Dataset dataset = create_dataset(parent, name, compound, records.shape, Layout{false, false}, options);
  for (std::size_t i = 0; i < types.size(); ++i) {
    detail::write_field(dataset.id(), records.fields[i].first, records.fields[i].second, types[i]);
  }
  return dataset;
}

}  // namespace brenier::data::h5
