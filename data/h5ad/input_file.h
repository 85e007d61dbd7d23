// Opening an .h5ad file for reading, with a message that says what is wrong when it cannot be: missing, a folder (a
// zarr store), no HDF5 file, cut short, or HDF5 of another kind.
#pragma once

#include <filesystem>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

// Also checks that the file has the members obs and var.
[[nodiscard]] File open_h5ad(const std::filesystem::path& path);

}  // namespace brenier::data::h5
