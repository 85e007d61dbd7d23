// Sums of Euclidean distances between rows of two matrices, in registers: the inner loop of mean_distance.h.
//
//   sum_{i < rows} sum_{j in [first, last)} sqrt( sum_k (x_ik - y_jk)^2 )
//
// y is packed in strips of 32 cells: strip s holds [D][32] floats, cell 32 s + c in column c, zeros behind the last
// cell. Differences, not products, so that near cells lose no digits. float32 arithmetic, float64 sums of at most 8
// rows times 32 cells; the same for every number of threads, and to rounding for every instruction set.
#pragma once

#include <cstdint>

namespace brenier::train {

inline constexpr std::int64_t kStripCells = 32;

// x [rows, depth] contiguous; strips [first, last) of `strips`, which hold `cells` cells in all.
[[nodiscard]] double distance_sum(const float* x, std::int64_t rows, std::int64_t depth, const float* strips,
                                  std::int64_t first, std::int64_t last, std::int64_t cells);

}  // namespace brenier::train
