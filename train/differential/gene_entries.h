// The values of a gene over all cells, as the rank tests want them: non-zero ones only, each with its group.
//
// A matrix is read row by row, sixteen genes at a time (one cache line of a dense row), so that it is read once and in
// order. An entry is one 64-bit word, value << 32 | group, whose value part orders as the floats do; zeros (of either
// sign) are left out, their number follows from the sizes of the groups.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "data/table/cell_matrix.h"

namespace brenier::train {

inline constexpr std::int64_t kGenesInBlock = 16;

using GeneEntry = std::uint64_t;

[[nodiscard]] inline GeneEntry make_entry(float value, std::uint32_t group) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t key = (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
  return static_cast<GeneEntry>(key) << 32 | group;
}
[[nodiscard]] inline float value_of(GeneEntry entry) {
  const auto key = static_cast<std::uint32_t>(entry >> 32);
  return std::bit_cast<float>((key & 0x80000000U) != 0 ? key & 0x7FFFFFFFU : ~key);
}
[[nodiscard]] inline std::uint32_t group_of(GeneEntry entry) { return static_cast<std::uint32_t>(entry); }

// The entries of the genes [first, first + count) of a matrix. group_of_cell[i] < 0: cell i is left out. Throws kData
// naming the cell and gene of a value that is not finite.
using GeneBlock = std::array<std::vector<GeneEntry>, kGenesInBlock>;
void collect_entries(const data::CellMatrix& cells, const std::vector<std::int32_t>& group_of_cell, std::int64_t first,
                     std::int64_t count, GeneBlock& block);

}  // namespace brenier::train
