// HDF5 types and ours: which of the value types a stored type is read as, and the types we write.
//
// Numbers are IEEE floats of 4 or 8 bytes and integers of 1, 2, 4, 8 bytes in any byte order. A boolean is an enum
// with the members FALSE = 0 and TRUE = 1. All else that has no pointers inside is "opaque" (element.h).
#pragma once

#include <optional>
#include <string>

#include "data/h5ad/handle.h"
#include "data/table/array.h"

namespace brenier::data::h5 {

enum class Kind { kNumeric, kBool, kVlenString, kFixedString, kRecord, kOpaque, kUnsupported };

[[nodiscard]] Kind kind_of(hid_t type);
// The type in words: "float32", "float16", "complex128", "string", "bool", "record of 3 fields", ...
[[nodiscard]] std::string name_of(hid_t type);
// Kind and name of a dataset's values.
[[nodiscard]] Type type_of(hid_t dataset);

// An empty vector of the C++ type for a kNumeric or kBool type; throws kDefect for others.
[[nodiscard]] NumericValues values_for(hid_t type);

// The type of the values in memory, for H5Dread and H5Dwrite (booleans: the enum over int8).
[[nodiscard]] Type memory_type(const NumericValues& values);
// The enum with FALSE = 0 and TRUE = 1 over int8 that h5py uses.
[[nodiscard]] Type bool_type();
// Variable-length UTF-8, null-terminated.
[[nodiscard]] Type string_type();

}  // namespace brenier::data::h5
