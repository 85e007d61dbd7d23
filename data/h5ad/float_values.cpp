#include "data/h5ad/float_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "data/h5ad/dataset.h"

namespace brenier::data::h5 {
namespace float_values_detail {

constexpr std::int64_t kBlock = 1 << 20;  // values converted at a time

template <class T>
float narrow(T value, hid_t dataset, std::int64_t position) {
  if constexpr (std::is_same_v<T, Bool>) {
    return value.value != 0 ? 1.0F : 0.0F;
  } else if constexpr (std::is_same_v<T, double>) {
    if (std::isfinite(value) && std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) {
      throw Error(ErrorKind::kData, "a value is beyond the range of float32")
          .at("'" + object_path(dataset) + "'")
          .at("value " + std::to_string(position) + " in storage order")
          .found(make_column(std::vector<double>{value}).text(0))
          .expected("a magnitude up to 3.4e38");
    }
    return static_cast<float>(value);
  } else {
    return static_cast<float>(value);
  }
}

// Reads in blocks of rows with T in memory and converts.
template <class T>
void convert_rows(hid_t dataset, std::int64_t begin, std::int64_t end, std::int64_t width, hid_t memory, float* out) {
  const std::int64_t step = std::max<std::int64_t>(1, kBlock / std::max<std::int64_t>(1, width));
  std::vector<T> block;
  for (std::int64_t row = begin; row < end; row += step) {
    const std::int64_t stop = std::min(end, row + step);
    block.resize(static_cast<std::size_t>((stop - row) * width));
    read_rows(dataset, row, stop, memory, block.data());
    const std::int64_t first = row * width;
    for (std::size_t i = 0; i < block.size(); ++i) {
      *out++ = narrow(block[i], dataset, first + static_cast<std::int64_t>(i));
    }
  }
}

}  // namespace float_values_detail

void read_float_rows(hid_t dataset, std::int64_t begin, std::int64_t end, float* out) {
  check_filters(dataset);
  const Extent extent = extent_of(dataset);
  std::int64_t width = 1;
  for (std::size_t axis = 1; axis < extent.shape.size(); ++axis) width *= extent.shape[axis];
  if (width == 0 || end <= begin) return;
  const Type stored = type_of(dataset);
  const Kind kind = kind_of(stored.id());
  const bool is_float = H5Tget_class(stored.id()) == H5T_FLOAT;
  if (is_float && H5Tget_size(stored.id()) <= sizeof(float)) {
    read_rows(dataset, begin, end, H5T_NATIVE_FLOAT, out);
  } else if (is_float) {
    float_values_detail::convert_rows<double>(dataset, begin, end, width, H5T_NATIVE_DOUBLE, out);
  } else if (kind == Kind::kNumeric || kind == Kind::kBool) {
    const NumericValues values = values_for(stored.id());
    const Type memory = memory_type(values);
    std::visit(
        [&](const auto& typed) {
          using T = typename std::decay_t<decltype(typed)>::value_type;
          float_values_detail::convert_rows<T>(dataset, begin, end, width, memory.id(), out);
        },
        values);
  } else {
    throw Error(ErrorKind::kData, "the values are no numbers that float32 can hold")
        .at("'" + object_path(dataset) + "'")
        .found(name_of(stored.id()))
        .expected("floating-point numbers, whole numbers or booleans");
  }
}

std::vector<float> read_floats(hid_t dataset, std::int64_t max_bytes) {
  check_readable(dataset, sizeof(float), max_bytes);
  const Extent extent = extent_of(dataset);
  std::vector<float> values(static_cast<std::size_t>(extent.count));
  if (!extent.shape.empty()) read_float_rows(dataset, 0, extent.shape[0], values.data());
  return values;
}

}  // namespace brenier::data::h5
