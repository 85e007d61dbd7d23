// Whether the expression values suit the preprocessing that is asked for (data/table/cell_checks.h finds broken
// values).
#pragma once

#include <string>
#include <vector>

#include "data/preprocess/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

// Whole numbers only, none negative, some above 1: unnormalised counts.
[[nodiscard]] bool looks_like_counts(const CellMatrix& x);

// Throws kData naming the first cell and gene when a step cannot be applied: NaN or infinity; a negative value under
// normalize_total, log1p or gene choice; fractions where counts are expected; counts where logarithms are expected.
// Returns warnings, one an item: X looks raw but nothing normalises it; log1p on data that look logarithmic already.
[[nodiscard]] std::vector<std::string> check_input(const PreprocessSettings& settings, const CellTable& table);

}  // namespace brenier::data
