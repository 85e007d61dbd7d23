// The stored values of one row of a CellMatrix with the columns they belong to, dense or sparse alike.
#pragma once

#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "data/table/cell_matrix.h"

namespace brenier::data {

// Rows that a step may look at while it fits; nullopt: all of them. An empty list is an error, not "all".
using FitRows = std::optional<std::span<const std::int64_t>>;

// Value k of the row belongs to column columns[k], or to column k when `columns` is empty (dense storage).
template <class Value>
struct RowValues {
  std::span<Value> values;
  std::span<const std::int32_t> columns;

  [[nodiscard]] std::size_t column(std::size_t k) const {
    return columns.empty() ? k : static_cast<std::size_t>(columns[k]);
  }
};

[[nodiscard]] inline RowValues<const float> row_values(const CellMatrix& x, std::int64_t row) {
  const auto r = static_cast<std::size_t>(row);
  if (!x.is_sparse()) {
    const auto width = static_cast<std::size_t>(x.cols());
    return {x.values().subspan(r * width, width), {}};
  }
  const CsrMatrix& sparse = x.sparse();
  const auto begin = static_cast<std::size_t>(sparse.indptr[r]);
  const auto count = static_cast<std::size_t>(sparse.indptr[r + 1]) - begin;
  return {x.values().subspan(begin, count), std::span<const std::int32_t>(sparse.indices).subspan(begin, count)};
}

[[nodiscard]] inline RowValues<float> row_values(CellMatrix& x, std::int64_t row) {
  const auto r = static_cast<std::size_t>(row);
  if (!x.is_sparse()) {
    const auto width = static_cast<std::size_t>(x.cols());
    return {x.values().subspan(r * width, width), {}};
  }
  const CsrMatrix& sparse = x.sparse();
  const auto begin = static_cast<std::size_t>(sparse.indptr[r]);
  const auto count = static_cast<std::size_t>(sparse.indptr[r + 1]) - begin;
  return {x.values().subspan(begin, count), std::span<const std::int32_t>(sparse.indices).subspan(begin, count)};
}

// The rows as a list: `rows` itself, or 0..n-1.
[[nodiscard]] inline std::vector<std::int64_t> listed_rows(const FitRows& rows, std::int64_t n) {
  if (rows) return {rows->begin(), rows->end()};
  std::vector<std::int64_t> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  return all;
}

}  // namespace brenier::data
