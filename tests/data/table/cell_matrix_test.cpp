#include "data/table/cell_matrix.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "tests/data/small_table.h"

namespace brenier::data {
namespace cell_matrix_test {

DenseMatrix example() { return {3, 4, {0, 1, 0, 2, 3, 0, 0, 0, 0, 0, 4, 5}}; }

// The same matrix dense and sparse.
std::vector<CellMatrix> both(const DenseMatrix& dense) { return {CellMatrix(dense), tests::to_sparse(dense)}; }

std::vector<float> all_rows(const CellMatrix& matrix) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(matrix.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  std::vector<float> values(static_cast<std::size_t>(matrix.rows() * matrix.cols()), -1.0F);
  matrix.rows_dense(rows, values.data());
  return values;
}

// A small random matrix, about half of it zero.
DenseMatrix arbitrary() {
  const auto rows = *rc::gen::inRange<std::int64_t>(1, 8);
  const auto cols = *rc::gen::inRange<std::int64_t>(1, 8);
  const auto values =
      *rc::gen::container<std::vector<int>>(static_cast<std::size_t>(rows * cols), rc::gen::element(0, 0, 0, 1, 2, -3));
  return {rows, cols, {values.begin(), values.end()}};
}

std::vector<std::int64_t> positions(std::int64_t size) {
  return *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, size));
}

}  // namespace cell_matrix_test

TEST(CellMatrix, GivesRowsDenseInTheGivenOrder) {
  for (const CellMatrix& matrix : cell_matrix_test::both(cell_matrix_test::example())) {
    std::vector<float> out(8, -1.0F);
    matrix.rows_dense(std::vector<std::int64_t>{2, 0}, out.data());
    EXPECT_EQ(out, (std::vector<float>{0, 0, 4, 5, 0, 1, 0, 2}));
  }
}

TEST(CellMatrix, SelectsRowsAndColumnsWithRepeats) {
  for (const CellMatrix& matrix : cell_matrix_test::both(cell_matrix_test::example())) {
    const CellMatrix rows = matrix.select_rows(std::vector<std::int64_t>{1, 1});
    EXPECT_EQ(rows.is_sparse(), matrix.is_sparse());
    EXPECT_EQ(cell_matrix_test::all_rows(rows), (std::vector<float>{3, 0, 0, 0, 3, 0, 0, 0}));
    const CellMatrix columns = matrix.select_columns(std::vector<std::int64_t>{3, 1, 3});
    EXPECT_EQ(columns.is_sparse(), matrix.is_sparse());
    EXPECT_EQ(cell_matrix_test::all_rows(columns), (std::vector<float>{2, 1, 2, 0, 0, 0, 5, 0, 5}));
  }
}

TEST(CellMatrix, MeansOfColumns) {
  for (const CellMatrix& matrix : cell_matrix_test::both(cell_matrix_test::example())) {
    EXPECT_EQ(matrix.column_means(std::vector<std::int64_t>{0, 2}), (std::vector<double>{0, 0.5, 2, 3.5}));
    EXPECT_THROW((void)matrix.column_means(std::vector<std::int64_t>{}), Error);
  }
}

TEST(CellMatrix, RefusesPositionsOutOfRange) {
  for (const CellMatrix& matrix : cell_matrix_test::both(cell_matrix_test::example())) {
    EXPECT_THROW((void)matrix.select_rows(std::vector<std::int64_t>{3}), Error);
    EXPECT_THROW((void)matrix.select_rows(std::vector<std::int64_t>{-1}), Error);
    EXPECT_THROW((void)matrix.select_columns(std::vector<std::int64_t>{4}), Error);
    float out[4];
    EXPECT_THROW(matrix.rows_dense(std::vector<std::int64_t>{5}, out), Error);
  }
}

TEST(CellMatrix, RefusesPartsThatDoNotFit) {
  const auto refused = [](CsrMatrix matrix) {
    try {
      const CellMatrix made(std::move(matrix));
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kDefect;
    }
    return false;
  };
  EXPECT_FALSE(refused({2, 2, {0, 1, 2}, {0, 1}, {1, 1}}));
  EXPECT_TRUE(refused({2, 2, {0, 1}, {0}, {1}}));           // indptr too short
  EXPECT_TRUE(refused({2, 2, {1, 1, 2}, {0, 1}, {1, 1}}));  // does not start at 0
  EXPECT_TRUE(refused({2, 2, {0, 3, 2}, {0, 1}, {1, 1}}));  // falls
  EXPECT_TRUE(refused({2, 2, {0, 1, 3}, {0, 1}, {1, 1}}));  // ends elsewhere
  EXPECT_TRUE(refused({2, 2, {0, 1, 2}, {0, 1}, {1}}));     // values missing
  EXPECT_TRUE(refused({-1, 2, {}, {}, {}}));
  EXPECT_THROW(CellMatrix(DenseMatrix{2, 2, {1, 2, 3}}), Error);
}

TEST(CellMatrix, HandlesNoRowsAndNoColumns) {
  const CellMatrix no_rows(CsrMatrix{0, 5, {0}, {}, {}});
  EXPECT_EQ(no_rows.select_columns(std::vector<std::int64_t>{4, 0}).cols(), 2);
  const CellMatrix no_columns(DenseMatrix{3, 0, {}});
  EXPECT_EQ(no_columns.select_rows(std::vector<std::int64_t>{2, 1}).rows(), 2);
}

RC_GTEST_PROP(CellMatrix, SparseAndDenseSelectTheSame, ()) {
  const DenseMatrix dense = cell_matrix_test::arbitrary();
  const auto rows = cell_matrix_test::positions(dense.rows);
  const auto columns = cell_matrix_test::positions(dense.cols);
  const CellMatrix a = CellMatrix(dense).select_rows(rows).select_columns(columns);
  const CellMatrix b = tests::to_sparse(dense).select_columns(columns).select_rows(rows);
  RC_ASSERT(a.rows() == b.rows() && a.cols() == b.cols());
  RC_ASSERT(cell_matrix_test::all_rows(a) == cell_matrix_test::all_rows(b));
  for (std::int64_t row = 0; row < b.rows(); ++row) {
    const auto& s = b.sparse();
    RC_ASSERT(std::is_sorted(s.indices.begin() + s.indptr[row], s.indices.begin() + s.indptr[row + 1]));
  }
}

}  // namespace brenier::data
