#include "data/h5ad/datatype.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace brenier::data::h5 {
namespace datatype_detail {

std::string member_name(hid_t type, unsigned i) {
  char* name = H5Tget_member_name(type, i);
  if (name == nullptr) throw library_error("cannot read the name of a member of a type");
  std::string text(name);
  H5free_memory(name);
  return text;
}

bool is_bool(hid_t type) {
  if (H5Tget_nmembers(type) != 2) return false;
  const Type native(H5Tget_native_type(type, H5T_DIR_ASCEND), "understand an enum type");
  for (unsigned i = 0; i < 2; ++i) {
    const std::string name = member_name(native.id(), i);
    std::uint64_t raw = 0;  // little-endian hosts: a small native value lies in the first bytes
    if (H5Tget_size(native.id()) > sizeof(raw)) return false;
    check(H5Tget_member_value(native.id(), i, &raw), "read the value of an enum member");
    if (!((name == "FALSE" && raw == 0) || (name == "TRUE" && raw == 1))) return false;
  }
  return true;
}

bool is_plain_integer(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  return (size == 1 || size == 2 || size == 4 || size == 8) && H5Tget_precision(type) == 8 * size;
}

bool is_plain_float(hid_t type) {
  for (const hid_t known : {H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE, H5T_IEEE_F64BE}) {
    if (H5Tequal(type, known) > 0) return true;
  }
  return false;
}

// h5py stores complex numbers as a compound of two floats "r" and "i".
bool is_complex(hid_t type) {
  if (H5Tget_nmembers(type) != 2 || member_name(type, 0) != "r" || member_name(type, 1) != "i") return false;
  return H5Tget_member_class(type, 0) == H5T_FLOAT && H5Tget_member_class(type, 1) == H5T_FLOAT;
}

bool has_pointers(hid_t type) {
  return H5Tdetect_class(type, H5T_VLEN) != 0 || H5Tdetect_class(type, H5T_REFERENCE) != 0 ||
         (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0);
}

template <class T>
hid_t native() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, std::int8_t>) return H5T_NATIVE_INT8;
  if constexpr (std::is_same_v<T, std::int16_t>) return H5T_NATIVE_INT16;
  if constexpr (std::is_same_v<T, std::int32_t>) return H5T_NATIVE_INT32;
  if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
  if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return H5T_NATIVE_UINT16;
  if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
}

}  // namespace datatype_detail

Kind kind_of(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return datatype_detail::is_plain_integer(type) ? Kind::kNumeric : Kind::kOpaque;
    case H5T_FLOAT:
      return datatype_detail::is_plain_float(type) ? Kind::kNumeric : Kind::kOpaque;
    case H5T_ENUM:
      return datatype_detail::is_bool(type) ? Kind::kBool : Kind::kOpaque;
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? Kind::kVlenString : Kind::kFixedString;
    case H5T_COMPOUND:
      return datatype_detail::is_complex(type) ? Kind::kOpaque : Kind::kRecord;
    default:
      return datatype_detail::has_pointers(type) ? Kind::kUnsupported : Kind::kOpaque;
  }
}

std::string name_of(hid_t type) {
  const std::string bits = std::to_string(8 * H5Tget_size(type));
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + bits;
    case H5T_FLOAT:
      return "float" + bits;
    case H5T_ENUM:
      return datatype_detail::is_bool(type) ? "bool" : "enum";
    case H5T_STRING:
      return H5Tis_variable_str(type) > 0 ? "string" : "string of " + std::to_string(H5Tget_size(type)) + " bytes";
    case H5T_COMPOUND:
      if (datatype_detail::is_complex(type)) return "complex" + bits;
      return "record of " + std::to_string(std::max(0, H5Tget_nmembers(type))) + " fields";
    case H5T_REFERENCE:
      return "reference";
    case H5T_VLEN:
      return "variable-length array";
    case H5T_ARRAY:
      return "array";
    case H5T_BITFIELD:
      return "bitfield" + bits;
    default:
      return "opaque bytes";
  }
}

Type type_of(hid_t dataset) { return {H5Dget_type(dataset), "read the type of a dataset"}; }

NumericValues values_for(hid_t type) {
  if (kind_of(type) == Kind::kBool) return std::vector<Bool>();
  const std::size_t size = H5Tget_size(type);
  if (H5Tget_class(type) == H5T_FLOAT) {
    if (size == 4) return std::vector<float>();
    if (size == 8) return std::vector<double>();
  }
  if (H5Tget_class(type) == H5T_INTEGER) {
    const bool is_signed = H5Tget_sign(type) != H5T_SGN_NONE;
    if (size == 1) return is_signed ? NumericValues(std::vector<std::int8_t>()) : std::vector<std::uint8_t>();
    if (size == 2) return is_signed ? NumericValues(std::vector<std::int16_t>()) : std::vector<std::uint16_t>();
    if (size == 4) return is_signed ? NumericValues(std::vector<std::int32_t>()) : std::vector<std::uint32_t>();
    if (size == 8) return is_signed ? NumericValues(std::vector<std::int64_t>()) : std::vector<std::uint64_t>();
  }
  throw Error(ErrorKind::kDefect, "a type without a C++ counterpart was taken for a number").found(name_of(type));
}

Type memory_type(const NumericValues& values) {
  return std::visit(
      [](const auto& v) -> Type {
        using T = typename std::decay_t<decltype(v)>::value_type;
        if constexpr (std::is_same_v<T, Bool>) {
          return bool_type();
        } else {
          return {H5Tcopy(datatype_detail::native<T>()), "make a number type"};
        }
      },
      values);
}

Type bool_type() {
  Type type(H5Tenum_create(H5T_NATIVE_INT8), "make the boolean type");
  std::int8_t value = 0;
  check(H5Tenum_insert(type.id(), "FALSE", &value), "make the boolean type");
  value = 1;
  check(H5Tenum_insert(type.id(), "TRUE", &value), "make the boolean type");
  return type;
}

Type string_type() {
  Type type(H5Tcopy(H5T_C_S1), "make the string type");
  check(H5Tset_size(type.id(), H5T_VARIABLE), "make the string type");
  check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "make the string type");
  return type;
}

}  // namespace brenier::data::h5
