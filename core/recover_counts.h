// The counts of one cell out of log(1 + unit x count), without knowing the unit (normalisation divides the counts of a
// cell by their total, so that each cell has a unit of its own).
//
//   v_g = exp(x_g) - 1,   unit = (smallest positive v) / q  for the first q of 1, 2, .. 10 that makes every v / unit
//   whole,   count_g = round(v_g / unit)
//
// Whole: within 0.01, or within 1e-6 of the count (at most 0.1), which is what float32 logarithms keep of large ones.
// The smallest unit that fits is not searched: a cell whose counts have a common divisor comes back divided by it. That
// cannot be seen in such a cell; with some tens of genes a count of 1 is nearly always among them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace brenier {

// In place. Values are finite and not negative. Nothing: done (a cell of zeros stays). Otherwise the place of the first
// value that is no multiple of the smallest one, and the cell is left as it was.
[[nodiscard]] std::optional<std::size_t> recover_counts(std::span<float> cell);

// Whole numbers only: counts already.
[[nodiscard]] bool are_whole(std::span<const float> values);

}  // namespace brenier
