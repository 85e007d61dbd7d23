// Library-size normalisation and logarithm, equal to scanpy.pp.normalize_total and scanpy.pp.log1p.
//
//   normalize_total: x_ig <- x_ig * target / sum_g x_ig       log1p: x <- log(1 + x)
//
// Divisions and logarithms are done in float32, as scanpy does them on float32 data, so the results agree to the last
// bits and genes chosen from them are the same.
//
// Cells without any count stay zero. Values must be finite and non-negative (check_values.h).
#pragma once

#include "data/preprocess/row_values.h"
#include "data/table/cell_table.h"

namespace brenier::data {

// Total count a cell, float64. [N]
[[nodiscard]] std::vector<double> total_counts(const CellMatrix& x);

// Median of the positive totals over `fit_rows`: scanpy's target_sum=None. Throws kData when every cell is empty.
[[nodiscard]] double median_total(const CellMatrix& x, const FitRows& fit_rows = std::nullopt);

// Divides each row by totals[i] / target_sum (rows with total 0 stay as they are). target_sum > 0.
void scale_rows(CellMatrix& x, const std::vector<double>& totals, double target_sum);

// In place over all cells. target_sum 0 takes the median over `fit_rows`. Returns the target that was used.
double normalize_total(CellTable& table, double target_sum, const FitRows& fit_rows = std::nullopt);

// In place over all cells.
void log1p(CellTable& table);

}  // namespace brenier::data
