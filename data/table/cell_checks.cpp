#include "data/table/cell_checks.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "data/table/array.h"

namespace brenier::data {
namespace cell_checks_detail {

// Throws for the stored value at position k of x.values().
[[noreturn]] void refuse(const CellTable& table, std::int64_t k, const std::string& what, const std::string& expected) {
  std::int64_t row = 0;
  std::int64_t column = 0;
  if (table.x.is_sparse()) {
    const CsrMatrix& m = table.x.sparse();
    row = std::upper_bound(m.indptr.begin(), m.indptr.end(), k) - m.indptr.begin() - 1;
    column = m.indices[static_cast<std::size_t>(k)];
  } else {
    row = k / table.x.cols();
    column = k % table.x.cols();
  }
  const auto named = [](const std::string& kind, const DataFrame& frame, std::int64_t i) {
    const bool known = i < frame.rows();
    return kind + " " + std::to_string(i) + (known ? " ('" + frame.index[static_cast<std::size_t>(i)] + "')" : "");
  };
  Error error(ErrorKind::kData, "the matrix holds " + what);
  error.at(named("cell", table.obs, row) + ", " + named("gene", table.var, column));
  if (!table.source.empty()) error.at(table.source);
  const float value = table.x.values()[static_cast<std::size_t>(k)];
  throw error.found(make_column(std::vector<float>{value}).text(0)).expected(expected);
}

}  // namespace cell_checks_detail

void check_finite(const CellTable& table) {
  const auto values = table.x.values();
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (!std::isfinite(values[k])) {
      cell_checks_detail::refuse(table, static_cast<std::int64_t>(k),
                                 std::isnan(values[k]) ? "a value that is not a number" : "an infinite value",
                                 "finite values");
    }
  }
}

void check_counts(const CellTable& table, CountRule rule) {
  check_finite(table);
  const auto values = table.x.values();
  const std::string expected =
      rule == CountRule::kWholeNumbers ? "counts: whole numbers from 0 up" : "counts: values from 0 up";
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (values[k] < 0.0F) {
      cell_checks_detail::refuse(table, static_cast<std::int64_t>(k), "a negative count", expected);
    }
    if (rule == CountRule::kWholeNumbers && values[k] != std::trunc(values[k])) {
      cell_checks_detail::refuse(table, static_cast<std::int64_t>(k), "a count that is not a whole number", expected);
    }
  }
}

}  // namespace brenier::data
