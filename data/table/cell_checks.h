// Checks of the values of a cell table that name the first offending cell and gene.
//
// check_finite: no NaN, no infinity. check_counts: finite and not negative and, when asked, whole numbers.
// Both throw kData; the message has the cell's and the gene's name, their positions and the value. Cost: one pass.
#pragma once

#include "data/table/cell_table.h"

namespace brenier::data {

enum class CountRule {
  kNotNegative,   // expected or corrected counts may be fractions
  kWholeNumbers,  // raw counts
};

void check_finite(const CellTable& table);
void check_counts(const CellTable& table, CountRule rule = CountRule::kNotNegative);

}  // namespace brenier::data
