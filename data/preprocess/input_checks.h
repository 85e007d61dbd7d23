// Whether the expression values suit the preprocessing that is asked for (data/table/cell_checks.h finds broken
// values).
#pragma once

#include <string>
#include <vector>

#include "data/preprocess/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

// None negative, none with a fraction.
[[nodiscard]] bool whole_numbers(const CellMatrix& x);
// The same, some above 1: unnormalised counts.
[[nodiscard]] bool looks_like_counts(const CellMatrix& x);

// Whether X holds unnormalised counts that no step normalises: what a model of counts wants, and a mistake for any
// other. False where counts are recovered, since who asks for that wants them.
[[nodiscard]] bool stays_unnormalised(const PreprocessSettings& settings, const CellTable& table);
// What is said where it is a mistake.
[[nodiscard]] std::string unnormalised_warning();

// Throws kData naming the first cell and gene when a step cannot be applied: NaN or infinity; a negative value under
// normalize_total, log1p or gene choice; fractions where counts are expected; counts where logarithms are expected.
// Returns warnings, one an item: log1p on data that look logarithmic already.
[[nodiscard]] std::vector<std::string> check_input(const PreprocessSettings& settings, const CellTable& table);

}  // namespace brenier::data
