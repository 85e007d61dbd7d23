#include "core/io/npy.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <utility>

#include "core/error.h"
#include "core/io/atomic_file.h"
#include "core/io/npy_header.h"

namespace brenier {
namespace npy_detail {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie in the file");

constexpr std::size_t kMaxDimensions = 64;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

// The product of the sizes, or nothing sensible (max) when it does not fit.
std::size_t count_of(const std::vector<std::int64_t>& shape) {
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (size == 0) return 0;
  }
  for (const std::int64_t size : shape) {
    if (count > std::numeric_limits<std::size_t>::max() / 16 / static_cast<std::size_t>(size))
      return std::numeric_limits<std::size_t>::max() / 16;
    count *= static_cast<std::size_t>(size);
  }
  return count;
}

// Values in Fortran order (first index fastest) to C order (last index fastest).
template <class Value>
std::vector<Value> to_c_order(const std::vector<Value>& values, const std::vector<std::int64_t>& shape) {
  std::vector<std::size_t> stride(shape.size(), 1);
  for (std::size_t i = 1; i < shape.size(); ++i) stride[i] = stride[i - 1] * static_cast<std::size_t>(shape[i - 1]);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::vector<Value> result;
  result.reserve(values.size());
  std::size_t from = 0;
  while (result.size() < values.size()) {
    result.push_back(values[from]);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * static_cast<std::size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return result;
}

template <class Value>
std::vector<Value> values_from(std::string_view data, const NpyHeader& header, const std::string& name) {
  const std::size_t count = count_of(header.shape);
  if (data.size() != count * sizeof(Value)) {
    throw Error(ErrorKind::kData, data.size() < count * sizeof(Value) ? "the .npy file is truncated"
                                                                      : "bytes follow the array in the .npy file")
        .at(name)
        .found(std::to_string(data.size()) + " bytes of data")
        .expected(std::to_string(count * sizeof(Value)) + " bytes for shape " + shape_text(header.shape));
  }
  std::vector<Value> values(count);
  if (count > 0) std::memcpy(values.data(), data.data(), data.size());
  return header.fortran_order && header.shape.size() > 1 ? to_c_order(values, header.shape) : values;
}

template <class Value>
constexpr const char* kDescr = nullptr;
template <>
constexpr const char* kDescr<float> = "<f4";
template <>
constexpr const char* kDescr<double> = "<f8";
template <>
constexpr const char* kDescr<std::int32_t> = "<i4";
template <>
constexpr const char* kDescr<std::int64_t> = "<i8";

}  // namespace npy_detail

std::string NpyArray::dtype() const {
  static constexpr const char* kNames[] = {"float32", "float64", "int32", "int64"};
  return kNames[values.index()];
}

NpyArray npy_from_bytes(std::string_view bytes, const std::string& name) {
  namespace detail = npy_detail;
  const NpyHeader header = parse_npy_header(bytes, name);
  if (header.shape.size() > detail::kMaxDimensions) {
    throw Error(ErrorKind::kData, "the array has too many dimensions")
        .at(name)
        .found(std::to_string(header.shape.size()))
        .expected("at most 64");
  }
  const std::string_view data = bytes.substr(header.data_start);
  NpyArray array;
  array.shape = header.shape;
  if (header.descr == "<f4") {
    array.values = detail::values_from<float>(data, header, name);
  } else if (header.descr == "<f8") {
    array.values = detail::values_from<double>(data, header, name);
  } else if (header.descr == "<i4") {
    array.values = detail::values_from<std::int32_t>(data, header, name);
  } else if (header.descr == "<i8") {
    array.values = detail::values_from<std::int64_t>(data, header, name);
  } else {
    throw Error(ErrorKind::kData, "the array has a type that Brenier does not read")
        .at(name)
        .found("'" + header.descr + "'")
        .expected("little-endian float32 '<f4', float64 '<f8', int32 '<i4' or int64 '<i8'")
        .hint("in Python: numpy.save(path, array.astype('<f8'))");
  }
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) { return npy_from_bytes(read_file(path), path.string()); }

std::string npy_to_bytes(const NpyArray& array) {
  return std::visit(
      [&](const auto& values) {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if (values.size() != npy_detail::count_of(array.shape)) {
          throw Error(ErrorKind::kDefect, "an array has values that do not fill its shape")
              .found(std::to_string(values.size()) + " values")
              .expected(npy_detail::shape_text(array.shape));
        }
        std::string bytes = npy_header_bytes(npy_detail::kDescr<Value>, array.shape);
        const std::size_t start = bytes.size();
        bytes.resize(start + values.size() * sizeof(Value));
        if (!values.empty()) std::memcpy(bytes.data() + start, values.data(), values.size() * sizeof(Value));
        return bytes;
      },
      array.values);
}

void write_npy(const std::filesystem::path& path, const NpyArray& array) {
  write_atomically(path, npy_to_bytes(array));
}

}  // namespace brenier
