// Groups: the names of what is in them, opening a member, making a new one.
#pragma once

#include <string>
#include <vector>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

// In the order of creation where the file kept it, else by name (what h5py does).
[[nodiscard]] std::vector<std::string> child_names(hid_t group);
[[nodiscard]] bool has_child(hid_t group, const std::string& name);
// Throws kData that lists the members when there is none of that name, and for links into other files.
[[nodiscard]] Object open_child(hid_t group, const std::string& name);
[[nodiscard]] bool is_group(hid_t object);
[[nodiscard]] bool is_dataset(hid_t object);
// "/obs/cell_type" for a member that need not exist.
[[nodiscard]] std::string child_path(hid_t group, const std::string& name);

// `large_attributes`: the group may carry attributes of more than 64 KiB (the column order of a very wide frame).
[[nodiscard]] Group create_group(hid_t parent, const std::string& name, bool large_attributes = false);

}  // namespace brenier::data::h5
