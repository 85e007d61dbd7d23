// Attributes of HDF5 objects: the few kinds that .h5ad uses. Readers throw kData that names the object and the
// attribute when it is missing or of another kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

[[nodiscard]] bool has_attribute(hid_t object, const std::string& name);

// One string (variable or fixed length, scalar or one entry).
[[nodiscard]] std::string read_string_attribute(hid_t object, const std::string& name);
// The same, or the default when there is no such attribute.
[[nodiscard]] std::string read_string_attribute(hid_t object, const std::string& name, const std::string& fallback);
// A list of strings. An empty list of any type counts (anndata writes an empty float64 array).
[[nodiscard]] std::vector<std::string> read_strings_attribute(hid_t object, const std::string& name);
[[nodiscard]] std::vector<std::int64_t> read_integers_attribute(hid_t object, const std::string& name);
// A boolean: enum or integer.
[[nodiscard]] bool read_flag_attribute(hid_t object, const std::string& name);
// The object that a reference (or a path relative to `parent`) points to.
[[nodiscard]] Object read_object_attribute(hid_t object, const std::string& name, hid_t parent);

void write_attribute(hid_t object, const std::string& name, const std::string& value);
void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& values);
void write_attribute(hid_t object, const std::string& name, const std::vector<std::int64_t>& values);
void write_attribute(hid_t object, const std::string& name, std::int64_t value);
void write_flag_attribute(hid_t object, const std::string& name, bool value);

// encoding-type and encoding-version, which mark every element.
struct Encoding {
  std::string type;
  std::string version;
};
[[nodiscard]] Encoding read_encoding(hid_t object);  // empty strings when there is none
void write_encoding(hid_t object, const Encoding& encoding);

}  // namespace brenier::data::h5
