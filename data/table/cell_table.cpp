#include "data/table/cell_table.h"

namespace brenier::data {

CellTable select_cells(const CellTable& table, const std::vector<std::int64_t>& rows) {
  return CellTable{table.x.select_rows(rows), table.obs.select_rows(rows), table.var, table.source};
}

CellTable select_genes(const CellTable& table, const std::vector<std::int64_t>& columns) {
  return CellTable{table.x.select_columns(columns), table.obs, table.var.select_rows(columns), table.source};
}

}  // namespace brenier::data
