// Safetensors files: named arrays in one file that nothing has to be executed to read.
// Format: https://github.com/huggingface/safetensors#format
//
//   [header length, u64 little-endian] [header: JSON, padded with spaces to 8 bytes] [values, one array after the
//   other]
//
// Written in the order the caller gives, so the same arrays make the same bytes. Readers that map the file want the
// arrays with wider types first; Brenier's own do not care. The reader is strict and throws kData: header longer than
// the file or kMaxHeaderBytes, malformed JSON, unknown types, a byte range that does not fit type and shape, that
// overlaps another one or leaves a hole, bytes after the last array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace brenier {

struct SafetensorsArray {
  std::string name;
  std::string dtype;                // "F32", "F64", "I64", "U8", "BOOL", ...
  std::vector<std::int64_t> shape;  // empty: one value
  std::string_view bytes;           // values in C order, little-endian
};

struct Safetensors {
  std::vector<SafetensorsArray> arrays;
  std::map<std::string, std::string> metadata;
  std::shared_ptr<const std::string> storage;  // what `bytes` of arrays that were read point into

  // Null when there is none of that name.
  [[nodiscard]] const SafetensorsArray* find(const std::string& name) const;
};

inline constexpr std::size_t kMaxSafetensorsHeaderBytes = 100'000'000;  // the limit of the reference implementation

// Bytes a value has; 0 for a type that is unknown.
[[nodiscard]] std::size_t safetensors_value_bytes(const std::string& dtype);

// Throws kDefect: two arrays of one name, the name "__metadata__", an unknown type, bytes that do not fit the shape.
[[nodiscard]] std::string safetensors_to_bytes(const Safetensors& file);
void write_safetensors(const std::filesystem::path& path, const Safetensors& file);

// `name`: for messages. The arrays are in the order of the header.
[[nodiscard]] Safetensors safetensors_from_bytes(std::string bytes, const std::string& name);
[[nodiscard]] Safetensors read_safetensors(const std::filesystem::path& path);

}  // namespace brenier
