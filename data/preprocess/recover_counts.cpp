#include "data/preprocess/recover_counts.h"

#include <cmath>

#include "core/error.h"
#include "core/number_text.h"
#include "core/recover_counts.h"
#include "data/preprocess/row_values.h"
#include "data/table/cell_checks.h"

namespace brenier::data {

bool recover_counts(CellTable& table) {
  check_counts(table, CountRule::kNotNegative);
  if (are_whole(table.x.values())) return false;
  for (std::int64_t i = 0; i < table.cells(); ++i) {
    const auto row = row_values(table.x, i);
    const auto wrong = brenier::recover_counts(row.values);
    if (!wrong) continue;
    const std::size_t gene = row.column(*wrong);
    const double value = row.values[*wrong];
    throw Error(ErrorKind::kData, "the counts of a cell cannot be recovered from its values")
        .at("preprocess.counts='recover' on " + (table.source.empty() ? std::string("X") : table.source + ": X"))
        .found("cell '" + table.obs.index.at(static_cast<std::size_t>(i)) + "' (row " + std::to_string(i) +
               "), gene '" + table.var.index.at(gene) + "': " + number_text(value) +
               ", exp(x) - 1 = " + number_text(std::expm1(value)) + " is no multiple of the smallest one of the cell")
        .expected("log(1 + normalised counts), natural logarithm, neither scaled nor corrected after that; or counts")
        .hint("a layer or 'raw/X' may hold the counts: data.matrix names it");
  }
  return true;
}

}  // namespace brenier::data
