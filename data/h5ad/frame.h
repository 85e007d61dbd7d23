// Frames (obs, var, and frames in obsm or uns): `dataframe` 0.2.0 and 0.1.0.
//
// A group with the attributes `_index` (the name of the index member) and `column-order`. Before anndata 0.7 a frame
// was a compound dataset: refused, with the advice to write the file again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/h5ad/handle.h"
#include "data/h5ad/read_context.h"
#include "data/h5ad/write_options.h"
#include "data/table/data_frame.h"

namespace brenier::data::h5 {

// Throws kData when it is no frame, when _index or a column is missing, or when lengths differ. A column of an
// unsupported kind is an error, or a note when the context says so.
[[nodiscard]] DataFrame read_frame(hid_t object, ReadContext& context);

// Throws kData for names that the format does not allow and for columns named like the index but unlike it.
void write_frame(hid_t parent, const std::string& name, const DataFrame& frame, const WriteOptions& options);

}  // namespace brenier::data::h5
