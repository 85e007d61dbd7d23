// Writing one column of a frame; see column.h for the encodings.
#pragma once

#include <string>

#include "data/h5ad/handle.h"
#include "data/h5ad/write_options.h"
#include "data/table/data_frame.h"

namespace brenier::data::h5 {

// Categorical codes are written in the narrowest signed type that pandas would use. Throws kDefect for codes outside
// the categories and masks of another length.
void write_column(hid_t parent, const std::string& name, const Column& column, const WriteOptions& options);

}  // namespace brenier::data::h5
