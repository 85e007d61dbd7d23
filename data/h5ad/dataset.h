// Reading datasets: shape, whether they can be read here (filters, memory), and their values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/h5ad/datatype.h"
#include "data/h5ad/element.h"
#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

struct Extent {
  bool null = false;  // h5py.Empty
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
};
[[nodiscard]] Extent extent_of(hid_t dataset);

// Opens a dataset below an object; throws kData that names its path when it is missing or something else.
[[nodiscard]] Dataset open_dataset(hid_t parent, const std::string& name);

// Throws kData when a filter of the dataset is not available (name and id in the message).
void check_filters(hid_t dataset);
// Also when its values, of value_size bytes each, take more than max_bytes.
void check_readable(hid_t dataset, std::size_t value_size, std::int64_t max_bytes);

// Whole datasets. `max_bytes` bounds the memory of one of them.
[[nodiscard]] NumericArray read_numeric(hid_t dataset, std::int64_t max_bytes);
[[nodiscard]] StringArray read_strings(hid_t dataset, std::int64_t max_bytes);
[[nodiscard]] OpaqueArray read_opaque(hid_t dataset, std::int64_t max_bytes);
// Entries begin..end of axis 0 in the stored dtype.
[[nodiscard]] NumericArray read_numeric_rows(hid_t dataset, std::int64_t begin, std::int64_t end);
// Rows begin..end of axis 0, converted by the library to the given type in memory, to out.
void read_rows(hid_t dataset, std::int64_t begin, std::int64_t end, hid_t type, void* out);

}  // namespace brenier::data::h5
