// Splits by single cells (kind cells_column): which cells an obs column marks for testing.
#pragma once

#include <cstdint>
#include <vector>

#include "data/perturbation/context_table.h"
#include "data/split/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

inline constexpr const char* kCellsColumn = "cells_column";

// Rows with settings.value in settings.column, ascending; none for other kinds. Throws kData for a column that is
// missing or in which no cell has the value, saying what there is.
[[nodiscard]] std::vector<std::int64_t> marked_cells(const CellTable& table, const SplitSettings& settings);

// Ids of the treated contexts whose cells are all marked, ascending.
[[nodiscard]] std::vector<std::int64_t> wholly_marked(const ContextTable& contexts,
                                                      const std::vector<std::int64_t>& marked);

}  // namespace brenier::data
