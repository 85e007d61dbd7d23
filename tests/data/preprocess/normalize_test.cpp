#include "data/preprocess/normalize.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/data/preprocess/oracle.h"

namespace brenier::tests::normalize_test {

TEST(Normalize, EqualsScanpyOnSparseAndDense) {
  const auto oracle = preprocess_oracle("counts.json");
  data::CellTable sparse = oracle_counts(oracle);
  data::CellTable dense = sparse;
  dense.x = to_dense(sparse.x);
  EXPECT_EQ(data::normalize_total(sparse, 1e4), 1e4);
  const auto normalized = oracle_numbers(oracle.at("normalized_1e4"));
  expect_close(sparse.x.values().first(normalized.size()), normalized, 1.2e-7, 0.0, "normalised");
  data::log1p(sparse);
  expect_close(sparse.x.values(), oracle_numbers(oracle.at("log1p")), 1.2e-7, 0.0, "log1p");
  data::normalize_total(dense, 1e4);
  data::log1p(dense);
  EXPECT_EQ(to_dense(sparse.x).dense().values, dense.x.dense().values);
}

TEST(Normalize, TargetZeroIsTheMedianTotalAsInScanpy) {
  const auto oracle = preprocess_oracle("counts.json");
  data::CellTable table = oracle_counts(oracle);
  EXPECT_NEAR(data::normalize_total(table, 0.0), oracle.at("median_total").get<double>(), 0.01);
  const auto wanted = oracle_numbers(oracle.at("normalized_median"));
  expect_close(table.x.values().first(wanted.size()), wanted, 1.2e-7, 0.0, "normalised to the median");
}

TEST(Normalize, MedianLooksAtTheFittingRowsAndAtCellsWithCounts) {
  data::CellTable table = dense_table(4, 2, {1, 1, 10, 10, 0, 0, 2, 2});
  const std::vector<std::int64_t> rows{0, 2, 3};
  EXPECT_EQ(data::median_total(table.x), 4.0);
  EXPECT_EQ(data::median_total(table.x, rows), 3.0);
  data::normalize_total(table, 0.0, rows);
  EXPECT_EQ(table.x.dense().values, (std::vector<float>{1.5F, 1.5F, 1.5F, 1.5F, 0, 0, 1.5F, 1.5F}));
}

TEST(Normalize, NoCountAnywhereIsAnError) {
  data::CellTable table = dense_table(2, 2, {0, 0, 0, 0});
  EXPECT_THROW(data::normalize_total(table, 0.0), Error);
}

}  // namespace brenier::tests::normalize_test
