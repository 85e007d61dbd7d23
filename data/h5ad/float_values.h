// Stored numbers of any type as float32, the type that training works in.
//
// float32 is taken as it is; float16 fits exactly; float64 and wider are rounded to the nearest float32 (relative
// error at most 2^-24), and a finite value beyond the range of float32 is an error, never an infinity; whole numbers
// are exact up to 2^24 in magnitude and rounded to the nearest beyond; booleans become 0 and 1.
#pragma once

#include <cstdint>
#include <vector>

#include "data/h5ad/handle.h"

namespace brenier::data::h5 {

// Rows begin..end of axis 0 (row-major) to out. Throws kData when the values are no numbers.
void read_float_rows(hid_t dataset, std::int64_t begin, std::int64_t end, float* out);

// The whole dataset; throws kData when it takes more than max_bytes.
[[nodiscard]] std::vector<float> read_floats(hid_t dataset, std::int64_t max_bytes);

}  // namespace brenier::data::h5
