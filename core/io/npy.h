// NumPy's .npy files, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
//
// Types: float32, float64, int32, int64, little-endian. Fortran-ordered files are read into C order; files are written
// in C order, version 1 (2 when the header is too long), byte for byte as NumPy writes them. Errors (kData): not an
// .npy file, another type (named, with the NumPy call that converts), big-endian bytes, a header that is not a plain
// dict, fewer or more bytes than the shape asks for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace brenier {

struct NpyArray {
  std::vector<std::int64_t> shape;  // empty: one number
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int32_t>, std::vector<std::int64_t>>
      values;                               // C order
  [[nodiscard]] std::string dtype() const;  // "float32", "float64", "int32", "int64"
  bool operator==(const NpyArray&) const = default;
};

[[nodiscard]] NpyArray read_npy(const std::filesystem::path& path);
// `name`: for messages.
[[nodiscard]] NpyArray npy_from_bytes(std::string_view bytes, const std::string& name);
// Throws kDefect when the number of values is not the product of the shape.
[[nodiscard]] std::string npy_to_bytes(const NpyArray& array);
void write_npy(const std::filesystem::path& path, const NpyArray& array);

}  // namespace brenier
