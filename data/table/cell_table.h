// Cells by genes with their annotations: what every step after reading a file works on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/table/cell_matrix.h"
#include "data/table/data_frame.h"

namespace brenier::data {

struct CellTable {
  CellMatrix x;        // N x G
  DataFrame obs;       // N rows: cells
  DataFrame var;       // G rows: genes; var.index holds the gene names
  std::string source;  // where it came from (path), for messages

  [[nodiscard]] std::int64_t cells() const { return x.rows(); }
  [[nodiscard]] std::int64_t genes() const { return x.cols(); }
};

// The table with the named cells (genes), in the given order; obs, var and x go together.
[[nodiscard]] CellTable select_cells(const CellTable& table, const std::vector<std::int64_t>& rows);
[[nodiscard]] CellTable select_genes(const CellTable& table, const std::vector<std::int64_t>& columns);

}  // namespace brenier::data
