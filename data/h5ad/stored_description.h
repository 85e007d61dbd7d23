// One line about a stored element, without reading its values: "float32 [1975, 50]", "csr float32 [1975, 1975]",
// "dict of 3: 'params', ...", "categorical", "string 'leiden'".
#pragma once

#include <string>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

[[nodiscard]] std::string describe_stored(hid_t parent, const std::string& name);

}  // namespace brenier::data::h5
