#include "train/differential/gene_entries.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"

namespace brenier::train {
namespace gene_entries_detail {

void require_finite(float value, std::int64_t cell, std::int64_t gene) {
  if (std::isfinite(value)) return;
  throw Error(ErrorKind::kData, "a test of differential expression needs finite values")
      .at("cell " + std::to_string(cell) + ", gene " + std::to_string(gene))
      .found(std::isnan(value) ? "NaN" : "infinity");
}

void collect(const data::DenseMatrix& cells, const std::vector<std::int32_t>& group_of_cell, std::int64_t first,
             std::int64_t count, GeneBlock& block) {
  for (std::int64_t cell = 0; cell < cells.rows; ++cell) {
    const std::int32_t group = group_of_cell[static_cast<std::size_t>(cell)];
    if (group < 0) continue;
    const float* row = cells.values.data() + cell * cells.cols + first;
    for (std::int64_t k = 0; k < count; ++k) {
      if (row[k] == 0.0F) continue;
      require_finite(row[k], cell, first + k);
      block[static_cast<std::size_t>(k)].push_back(make_entry(row[k], static_cast<std::uint32_t>(group)));
    }
  }
}

void collect(const data::CsrMatrix& cells, const std::vector<std::int32_t>& group_of_cell, std::int64_t first,
             std::int64_t count, GeneBlock& block) {
  const auto last = static_cast<std::int32_t>(first + count);
  for (std::int64_t cell = 0; cell < cells.rows; ++cell) {
    const std::int32_t group = group_of_cell[static_cast<std::size_t>(cell)];
    if (group < 0) continue;
    const auto row = static_cast<std::size_t>(cell);
    const std::int32_t* begin = cells.indices.data() + cells.indptr[row];
    const std::int32_t* end = cells.indices.data() + cells.indptr[row + 1];
    for (const std::int32_t* at = std::lower_bound(begin, end, static_cast<std::int32_t>(first));
         at != end && *at < last; ++at) {
      const float value = cells.values[static_cast<std::size_t>(at - cells.indices.data())];
      if (value == 0.0F) continue;
      require_finite(value, cell, *at);
      block[static_cast<std::size_t>(*at - first)].push_back(make_entry(value, static_cast<std::uint32_t>(group)));
    }
  }
}

}  // namespace gene_entries_detail

void collect_entries(const data::CellMatrix& cells, const std::vector<std::int32_t>& group_of_cell, std::int64_t first,
                     std::int64_t count, GeneBlock& block) {
  for (auto& entries : block) entries.clear();
  if (cells.is_sparse()) {
    gene_entries_detail::collect(cells.sparse(), group_of_cell, first, count, block);
  } else {
    gene_entries_detail::collect(cells.dense(), group_of_cell, first, count, block);
  }
}

}  // namespace brenier::train
