// Any element of the tree: which encoding it has, and the reading and writing of each kind.
//
// Elements without encoding marks (files of anndata before 0.8) are understood by their HDF5 kind: a group is a
// mapping or an old sparse matrix, a compound dataset a record array, a scalar text a string, and so on. An encoding
// that is not known is an error naming it, or a note when the context says so.
#pragma once

#include <string>

#include "data/h5ad/element.h"
#include "data/h5ad/handle.h"
#include "data/h5ad/read_context.h"
#include "data/h5ad/write_options.h"

namespace brenier::data::h5 {

[[nodiscard]] Element read_element(hid_t parent, const std::string& name, ReadContext& context, int depth = 0);
// All members of a group.
[[nodiscard]] Dict read_dict(hid_t group, ReadContext& context, int depth = 0);
// The members of a group that may be missing; an empty mapping then.
[[nodiscard]] Dict read_optional_dict(hid_t parent, const std::string& name, ReadContext& context);

void write_element(hid_t parent, const std::string& name, const Element& element, const WriteOptions& options);

}  // namespace brenier::data::h5
