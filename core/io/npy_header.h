// The header of an .npy file: a Python dict literal with the keys 'descr', 'fortran_order' and 'shape'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brenier {

struct NpyHeader {
  std::string descr;  // "<f8"
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
  std::size_t data_start = 0;  // offset of the first value in the file
};

// Throws kData naming `name` when the bytes do not start with such a header.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view bytes, const std::string& name);
// Magic, version, length and dict, padded so that the data starts at a multiple of 64, as NumPy does.
[[nodiscard]] std::string npy_header_bytes(const std::string& descr, const std::vector<std::int64_t>& shape);

}  // namespace brenier
