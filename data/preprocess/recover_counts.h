// Counts out of a file that holds log(1 + normalised counts), for models that need counts (core/recover_counts.h says
// how one cell is done). Every cell by itself: nothing is estimated over cells, so nothing can leak.
#pragma once

#include "data/table/cell_table.h"

namespace brenier::data {

// In place, all cells, before anything else; sparse stays sparse. A table of whole numbers holds counts already and is
// kept as it is: false. Throws kData naming cell, gene and value when a value is not finite or negative, or no multiple
// of the smallest one of its cell.
bool recover_counts(CellTable& table);

}  // namespace brenier::data
