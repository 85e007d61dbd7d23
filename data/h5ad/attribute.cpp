#include "data/h5ad/attribute.h"

#include "data/h5ad/datatype.h"
#include "data/h5ad/string_values.h"

namespace brenier::data::h5 {
namespace attribute_detail {

Error attribute_error(hid_t object, const std::string& name, const std::string& message) {
  return Error(ErrorKind::kData, "attribute '" + name + "' " + message).at("'" + object_path(object) + "'");
}

Attribute open(hid_t object, const std::string& name) {
  if (!has_attribute(object, name)) throw attribute_error(object, name, "is missing");
  return {H5Aopen(object, name.c_str(), H5P_DEFAULT), "open an attribute"};
}

struct Opened {
  Attribute attribute;
  Type type;
  Space space;
  std::int64_t count = 0;
};

Opened open_all(hid_t object, const std::string& name) {
  Opened opened{open(object, name), {}, {}, 0};
  opened.type = Type(H5Aget_type(opened.attribute.id()), "read the type of an attribute");
  opened.space = Space(H5Aget_space(opened.attribute.id()), "read the shape of an attribute");
  opened.count = H5Sget_simple_extent_npoints(opened.space.id());
  constexpr std::int64_t kMost = 100'000'000;
  const auto size = static_cast<std::int64_t>(H5Tget_size(opened.type.id()));
  if (opened.count < 0 || size <= 0 || size > kMost || opened.count > kMost / size)
    throw attribute_error(object, name, "has a damaged shape");
  return opened;
}

std::vector<std::string> read_all_strings(hid_t object, const std::string& name, const Opened& from) {
  const Kind kind = kind_of(from.type.id());
  if (kind != Kind::kVlenString && kind != Kind::kFixedString) {
    throw attribute_error(object, name, "is no text").found(name_of(from.type.id()));
  }
  return read_string_values(from.type.id(), from.space.id(), from.count,
                            [&](hid_t memory, void* buffer) { return H5Aread(from.attribute.id(), memory, buffer); });
}

void write(hid_t object, const std::string& name, const Type& type, const Space& space, const void* data) {
  const Attribute attribute(H5Acreate2(object, name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
                            "make an attribute");
  check(H5Awrite(attribute.id(), type.id(), data), "write an attribute");
}

Space line(std::size_t count) {
  const hsize_t size = count;
  return {H5Screate_simple(1, &size, nullptr), "make the shape of an attribute"};
}

Space scalar() { return {H5Screate(H5S_SCALAR), "make the shape of an attribute"}; }

Type integer_type() { return {H5Tcopy(H5T_NATIVE_INT64), "make a number type"}; }

}  // namespace attribute_detail

bool has_attribute(hid_t object, const std::string& name) { return H5Aexists(object, name.c_str()) > 0; }

std::string read_string_attribute(hid_t object, const std::string& name) {
  const auto opened = attribute_detail::open_all(object, name);
  if (opened.count != 1) {
    throw attribute_detail::attribute_error(object, name, "is not one text")
        .found(std::to_string(opened.count) + " values");
  }
  return attribute_detail::read_all_strings(object, name, opened).front();
}

std::string read_string_attribute(hid_t object, const std::string& name, const std::string& fallback) {
  return has_attribute(object, name) ? read_string_attribute(object, name) : fallback;
}

std::vector<std::string> read_strings_attribute(hid_t object, const std::string& name) {
  const auto opened = attribute_detail::open_all(object, name);
  if (opened.count == 0) return {};
  return attribute_detail::read_all_strings(object, name, opened);
}

std::vector<std::int64_t> read_integers_attribute(hid_t object, const std::string& name) {
  const auto opened = attribute_detail::open_all(object, name);
  if (H5Tget_class(opened.type.id()) != H5T_INTEGER) {
    throw attribute_detail::attribute_error(object, name, "is no list of whole numbers")
        .found(name_of(opened.type.id()));
  }
  std::vector<std::int64_t> values(static_cast<std::size_t>(opened.count));
  if (!values.empty()) check(H5Aread(opened.attribute.id(), H5T_NATIVE_INT64, values.data()), "read an attribute");
  return values;
}

bool read_flag_attribute(hid_t object, const std::string& name) {
  const auto opened = attribute_detail::open_all(object, name);
  const H5T_class_t type_class = H5Tget_class(opened.type.id());
  if (opened.count != 1 || (type_class != H5T_INTEGER && kind_of(opened.type.id()) != Kind::kBool)) {
    throw attribute_detail::attribute_error(object, name, "is no boolean").found(name_of(opened.type.id()));
  }
  if (type_class == H5T_INTEGER) {
    std::int64_t value = 0;
    check(H5Aread(opened.attribute.id(), H5T_NATIVE_INT64, &value), "read an attribute");
    return value != 0;
  }
  std::int8_t value = 0;
  check(H5Aread(opened.attribute.id(), bool_type().id(), &value), "read an attribute");
  return value != 0;
}

Object read_object_attribute(hid_t object, const std::string& name, hid_t parent) {
  const auto opened = attribute_detail::open_all(object, name);
  if (H5Tget_class(opened.type.id()) == H5T_STRING) {
    const std::string path = read_string_attribute(object, name);
    return {H5Oopen(parent, path.c_str(), H5P_DEFAULT), "open the object that an attribute names"};
  }
  if (opened.count != 1 || H5Tequal(opened.type.id(), H5T_STD_REF_OBJ) <= 0) {
    throw attribute_detail::attribute_error(object, name, "is no reference").found(name_of(opened.type.id()));
  }
  hobj_ref_t reference = 0;
  check(H5Aread(opened.attribute.id(), H5T_STD_REF_OBJ, &reference), "read a reference");
  return {H5Rdereference2(object, H5P_DEFAULT, H5R_OBJECT, &reference), "follow a reference"};
}

void write_attribute(hid_t object, const std::string& name, const std::string& value) {
  require_no_nul(value);
  const char* text = value.c_str();
  attribute_detail::write(object, name, string_type(), attribute_detail::scalar(), &text);
}

void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& values) {
  if (values.empty()) {  // what h5py makes of an empty list
    const double nothing = 0;
    attribute_detail::write(object, name, memory_type(std::vector<double>()), attribute_detail::line(0), &nothing);
    return;
  }
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const std::string& value : values) {
    require_no_nul(value);
    texts.push_back(value.c_str());
  }
  attribute_detail::write(object, name, string_type(), attribute_detail::line(values.size()), texts.data());
}

void write_attribute(hid_t object, const std::string& name, const std::vector<std::int64_t>& values) {
  attribute_detail::write(object, name, attribute_detail::integer_type(), attribute_detail::line(values.size()),
                          values.data());
}

void write_attribute(hid_t object, const std::string& name, std::int64_t value) {
  attribute_detail::write(object, name, attribute_detail::integer_type(), attribute_detail::scalar(), &value);
}

void write_flag_attribute(hid_t object, const std::string& name, bool value) {
  const std::int8_t stored = value ? 1 : 0;
  attribute_detail::write(object, name, bool_type(), attribute_detail::scalar(), &stored);
}

Encoding read_encoding(hid_t object) {
  return {read_string_attribute(object, "encoding-type", ""), read_string_attribute(object, "encoding-version", "")};
}

void write_encoding(hid_t object, const Encoding& encoding) {
  write_attribute(object, "encoding-type", encoding.type);
  write_attribute(object, "encoding-version", encoding.version);
}

}  // namespace brenier::data::h5
