// The weights lambda of a barycentre: how much each measure counts.
//
// One number of at least 0 a measure, with sum 1. A sum that is off by rounding (at most 1e-6) is divided out; any
// other is refused and not normalised in silence. None at all: 1 / K each.
#pragma once

#include <cstddef>
#include <vector>

namespace brenier::ot {

// kUsage: another count than `measures`, a negative weight, NaN or infinity, a sum other than 1.
[[nodiscard]] std::vector<double> convex_weights(const std::vector<double>& given, std::size_t measures);

}  // namespace brenier::ot
