#include "data/preprocess/normalize.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace brenier::data {

std::vector<double> total_counts(const CellMatrix& x) {
  std::vector<double> totals(static_cast<std::size_t>(x.rows()));
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    double total = 0.0;
    for (const float v : row_values(x, i).values) total += static_cast<double>(v);
    totals[static_cast<std::size_t>(i)] = total;
  }
  return totals;
}

double median_total(const CellMatrix& x, const FitRows& fit_rows) {
  const std::vector<double> totals = total_counts(x);
  std::vector<double> positive;
  for (const std::int64_t i : listed_rows(fit_rows, x.rows())) {
    const double total = totals.at(static_cast<std::size_t>(i));
    if (total > 0.0) positive.push_back(total);
  }
  if (positive.empty()) {
    throw Error(ErrorKind::kData, "no cell has a count, so there is no median total to normalise to").at("X");
  }
  const std::size_t half = positive.size() / 2;
  std::sort(positive.begin(), positive.end());
  return positive.size() % 2 == 1 ? positive[half] : 0.5 * (positive[half - 1] + positive[half]);
}

void scale_rows(CellMatrix& x, const std::vector<double>& totals, double target_sum) {
  for (std::int64_t i = 0; i < x.rows(); ++i) {
    const double total = totals.at(static_cast<std::size_t>(i));
    if (total <= 0.0) continue;
    const float factor = static_cast<float>(total) / static_cast<float>(target_sum);
    for (float& v : row_values(x, i).values) v /= factor;
  }
}

double normalize_total(CellTable& table, double target_sum, const FitRows& fit_rows) {
  const double target = target_sum > 0.0 ? target_sum : median_total(table.x, fit_rows);
  scale_rows(table.x, total_counts(table.x), target);
  return target;
}

void log1p(CellTable& table) {
  for (float& v : table.x.values()) v = std::log1p(v);
}

}  // namespace brenier::data
