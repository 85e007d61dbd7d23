// Structured arrays: one HDF5 compound dataset, read and written field by field (rec-array 0.2.0).
#pragma once

#include <cstdint>
#include <string>

#include "data/h5ad/element.h"
#include "data/h5ad/handle.h"
#include "data/h5ad/write_options.h"

namespace brenier::data::h5 {

[[nodiscard]] RecordArray read_records(hid_t dataset, std::int64_t max_bytes);
[[nodiscard]] Dataset write_records(hid_t parent, const std::string& name, const RecordArray& records,
                                    const WriteOptions& options);

}  // namespace brenier::data::h5
