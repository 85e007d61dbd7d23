// Writing datasets: layout on disk (chunks, compression), values, and the rules for names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/h5ad/element.h"
#include "data/h5ad/handle.h"
#include "data/h5ad/write_options.h"

namespace brenier::data::h5 {

// The number of values of a shape; 1 for a scalar.
[[nodiscard]] std::int64_t extent_count(const std::vector<std::int64_t>& shape);

// A new dataset below parent with the given type and shape. `compressible` values are chunked and compressed as the
// options say; `growing` ones are chunked with an unlimited first axis.
struct Layout {
  bool compressible = true;
  bool growing = false;
};
[[nodiscard]] Dataset create_dataset(hid_t parent, const std::string& name, const Type& type,
                                     const std::vector<std::int64_t>& shape, const Layout& layout,
                                     const WriteOptions& options);
[[nodiscard]] Dataset write_numeric(hid_t parent, const std::string& name, const NumericArray& array,
                                    const WriteOptions& options, bool growing = false);
[[nodiscard]] Dataset write_strings(hid_t parent, const std::string& name, const StringArray& array,
                                    const WriteOptions& options);
[[nodiscard]] Dataset write_opaque(hid_t parent, const std::string& name, const OpaqueArray& array,
                                   const WriteOptions& options);

// Throws kData when a name cannot be the name of an HDF5 link: empty, ".", with '/' or NUL.
void check_link_name(const std::string& name);
// A link property list with UTF-8 names.
[[nodiscard]] Properties link_properties();

}  // namespace brenier::data::h5
