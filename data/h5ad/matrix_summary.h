// What the values of one stored matrix look like, from a bounded number of them.
#pragma once

#include <cstdint>
#include <string>

#include "data/h5ad/handle.h"
#include "data/h5ad/summary.h"

namespace brenier::data::h5 {

// Looks at `most` values: all of a smaller matrix, else 16 ranges of rows spread evenly.
[[nodiscard]] MatrixSummary summarize_matrix(hid_t file, const std::string& matrix, std::int64_t most,
                                             std::int64_t max_bytes);

}  // namespace brenier::data::h5
