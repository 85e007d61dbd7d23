// Strings as HDF5 stores them (variable length, or fixed length with one of three paddings) to std::string.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

// Reads `count` strings of the stored type; `read` is H5Dread or H5Aread bound to its object, called once with the
// type in memory and the buffer; `space` describes the buffer. A null pointer becomes an empty string; what the
// library allocated is given back.
[[nodiscard]] std::vector<std::string> read_string_values(hid_t stored_type, hid_t space, std::int64_t count,
                                                          const std::function<herr_t(hid_t, void*)>& read);

// Text with a NUL inside would be cut short in the file: throws kData.
void require_no_nul(const std::string& text);

}  // namespace brenier::data::h5
