// read_cells and RowReader: one matrix as float32, from every storage and dtype.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "core/error.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/row_reader.h"
#include "data/h5ad/writer.h"
#include "tests/data/h5ad/file_edit.h"
#include "tests/data/small_table.h"
#include "tests/helpers/repository.h"
#include "tests/helpers/temp_dir.h"

namespace brenier::data {
namespace cells_reader_test {

std::vector<float> dense_values(const CellMatrix& matrix) { return tests::to_dense(matrix).dense().values; }

const std::vector<float>& small_values() {
  static const std::vector<float> values = std::get<std::vector<float>>(tests::small_dense().values);
  return values;
}

// The same values in another dtype.
template <class T>
NumericArray as(const NumericArray& array) {
  std::vector<T> values;
  for (std::int64_t i = 0; i < array.count(); ++i) values.push_back(static_cast<T>(array.at(i)));
  return {array.shape, std::move(values)};
}

// Row ranges put together again.
std::vector<float> by_rows(const std::filesystem::path& path, std::int64_t step, const ReadOptions& options = {}) {
  const RowReader reader(path, options);
  std::vector<float> all;
  for (std::int64_t begin = 0; begin < reader.rows(); begin += step) {
    const auto block = dense_values(reader.read(begin, std::min(begin + step, reader.rows())));
    all.insert(all.end(), block.begin(), block.end());
  }
  return all;
}

std::string write(const tests::TempDir& dir, const Element& x) {
  const auto path = dir / "x.h5ad";
  write_h5ad(tests::small_ann_data(x), path);
  return path.string();
}

}  // namespace cells_reader_test

TEST(ReadCells, ReadsEveryStorage) {
  const tests::TempDir dir;
  const std::map<std::string, Element> all = {
      {"dense", tests::small_dense()}, {"csr", tests::small_csr()}, {"csc", tests::small_csc()}};
  for (const auto& [name, x] : all) {
    const auto path = cells_reader_test::write(dir, x);
    const CellTable table = read_cells(path);
    EXPECT_EQ(cells_reader_test::dense_values(table.x), cells_reader_test::small_values()) << name;
    EXPECT_EQ(table.x.is_sparse(), name != "dense");
    EXPECT_EQ(table.obs.index, tests::numbered("c", 3));
    EXPECT_EQ(table.var.index, tests::numbered("g", 4));
    EXPECT_EQ(table.obs.labels("type")[1], "B");
    EXPECT_EQ(table.source, path);
  }
}

TEST(ReadCells, ConvertsEveryDtype) {
  const tests::TempDir dir;
  const auto check = [&](const std::string& dtype, const auto& convert) {
    SparseMatrix sparse = tests::small_csr();
    sparse.data = convert(sparse.data);
    EXPECT_EQ(sparse.data.dtype(), dtype);
    for (const Element& x : {Element(convert(tests::small_dense())), Element(sparse)}) {
      const auto path = cells_reader_test::write(dir, x);
      EXPECT_EQ(cells_reader_test::dense_values(read_cells(path).x), cells_reader_test::small_values()) << dtype;
      EXPECT_EQ(cells_reader_test::by_rows(path, 2), cells_reader_test::small_values()) << dtype;
    }
  };
  using cells_reader_test::as;
  check("float64", as<double>);
  check("int8", as<std::int8_t>);
  check("uint8", as<std::uint8_t>);
  check("int16", as<std::int16_t>);
  check("uint16", as<std::uint16_t>);
  check("int32", as<std::int32_t>);
  check("uint32", as<std::uint32_t>);
  check("int64", as<std::int64_t>);
  check("uint64", as<std::uint64_t>);
}

TEST(ReadCells, TakesIndicesOfEveryWidth) {
  const tests::TempDir dir;
  SparseMatrix matrix = tests::small_csr();
  const auto check = [&](const auto& convert) {
    SparseMatrix other = matrix;
    other.indices = convert(matrix.indices);
    other.indptr = convert(matrix.indptr);
    const auto path = cells_reader_test::write(dir, other);
    EXPECT_EQ(cells_reader_test::dense_values(read_cells(path).x), cells_reader_test::small_values());
    EXPECT_EQ(cells_reader_test::by_rows(path, 1), cells_reader_test::small_values());
  };
  using cells_reader_test::as;
  check(as<std::uint8_t>);
  check(as<std::int16_t>);
  check(as<std::uint32_t>);
  check(as<std::int64_t>);
  check(as<std::uint64_t>);
}

TEST(ReadCells, RoundsFloat64AndRefusesWhatFloat32CannotHold) {
  const tests::TempDir dir;
  NumericArray x = cells_reader_test::as<double>(tests::small_dense());
  auto& values = std::get<std::vector<double>>(x.values);
  values[0] = 0.1;
  values[1] = std::numeric_limits<double>::quiet_NaN();
  values[2] = std::numeric_limits<double>::infinity();
  const auto read = read_cells(cells_reader_test::write(dir, x)).x.dense().values;
  EXPECT_EQ(read[0], 0.1F);
  EXPECT_TRUE(std::isnan(read[1]));
  EXPECT_TRUE(std::isinf(read[2]));
  values[7] = -1e39;
  const auto path = cells_reader_test::write(dir, x);
  const std::string message = tests::failure([&] { (void)read_cells(path); });
  EXPECT_NE(message.find("beyond the range of float32"), std::string::npos) << message;
  EXPECT_NE(message.find("value 7"), std::string::npos) << message;
  EXPECT_NE(message.find("-1e+39"), std::string::npos) << message;
  EXPECT_NE(message.find(path), std::string::npos) << message;
}

TEST(ReadCells, ReadsLayersAndRaw) {
  const tests::TempDir dir;
  AnnData data = tests::small_ann_data(tests::small_dense());
  data.layers.set("counts", tests::small_csc());
  data.raw = RawData{NumericArray{{3, 1}, std::vector<std::int16_t>{7, 8, 9}}, {}, {}};
  data.raw->var.index = {"before"};
  write_h5ad(data, dir / "x.h5ad");
  EXPECT_TRUE(read_cells(dir / "x.h5ad", {.matrix = "layers/counts"}).x.is_sparse());
  const CellTable raw = read_cells(dir / "x.h5ad", {.matrix = "raw/X"});
  EXPECT_EQ(raw.var.index, (std::vector<std::string>{"before"}));
  EXPECT_EQ(raw.x.dense().values, (std::vector<float>{7, 8, 9}));
  EXPECT_EQ(cells_reader_test::by_rows(dir / "x.h5ad", 2, {.matrix = "raw/X"}), (std::vector<float>{7, 8, 9}));
  const std::string message = tests::failure([&] { (void)read_cells(dir / "x.h5ad", {.matrix = "layers/count"}); });
  EXPECT_NE(message.find("no matrix 'layers/count'"), std::string::npos) << message;
  EXPECT_NE(message.find("'X', 'layers/counts', 'raw/X'"), std::string::npos) << message;
}

TEST(ReadCells, SortsRows) {
  const auto path = tests::repository_file("tests/oracle/h5ad/unsorted.h5ad");
  const CellTable table = read_cells(path);
  EXPECT_EQ(table.x.sparse().indices, (std::vector<std::int32_t>{0, 2, 3, 0, 1}));
  EXPECT_EQ(table.x.sparse().values, (std::vector<float>{2, 3, 1, 5, 4}));
  EXPECT_EQ(cells_reader_test::by_rows(path, 1), cells_reader_test::dense_values(table.x));
}

TEST(ReadCells, ReadsOneElement) {
  const auto path = tests::repository_file("tests/oracle/h5ad/tree.h5ad");
  const Element pca = read_h5ad_element(path, "obsm/X_pca");
  EXPECT_EQ(shape(pca), (std::vector<std::int64_t>{6, 3}));
  const Element list = read_h5ad_element(path, "uns/nested/deeper/list");
  EXPECT_EQ(list.as<NumericArray>()->at(2), 3.0);
  const std::string message = tests::failure([&] { (void)read_h5ad_element(path, "obsm/X_pcb"); });
  EXPECT_NE(message.find("'/obsm/X_pcb' is missing"), std::string::npos) << message;
  EXPECT_NE(message.find("'X_pca', 'cube'"), std::string::npos) << message;
}

TEST(RowReader, RefusesCompressedColumnsAndRangesOutside) {
  const tests::TempDir dir;
  const auto csc = cells_reader_test::write(dir, tests::small_csc());
  const std::string message = tests::failure([&] { const RowReader reader(csc); });
  EXPECT_NE(message.find("stored by column (CSC)"), std::string::npos) << message;
  const RowReader reader(cells_reader_test::write(dir, tests::small_csr()));
  EXPECT_EQ(reader.stored_before(2), 7);
  EXPECT_EQ(reader.read(1, 1).rows(), 0);
  EXPECT_THROW((void)reader.read(0, 4), Error);
  EXPECT_THROW((void)reader.read(2, 1), Error);
}

TEST(RowReader, IsMovable) {
  const tests::TempDir dir;
  RowReader first(cells_reader_test::write(dir, tests::small_csr()));
  RowReader second(std::move(first));
  const auto dense = dir / "dense.h5ad";
  write_h5ad(tests::small_ann_data(tests::small_dense()), dense);
  RowReader third(dense);
  third = std::move(second);
  EXPECT_TRUE(third.is_sparse());
}

TEST(ReadCells, WorksFromSeveralThreads) {
  const tests::TempDir dir;
  const auto path = cells_reader_test::write(dir, tests::small_csr());
  std::vector<std::thread> threads;
  std::vector<std::vector<float>> results(8);
  for (std::size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int repeat = 0; repeat < 20; ++repeat) results[i] = cells_reader_test::dense_values(read_cells(path).x);
      (void)tests::failure([] { (void)read_cells("missing.h5ad"); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& result : results) EXPECT_EQ(result, cells_reader_test::small_values());
}

// Any sparse matrix, its entries in any order: read whole, by rows, and through CSC, the same as dense.
RC_GTEST_PROP(ReadCells, AgreesWithDenseForAnySparseMatrix, ()) {
  const tests::TempDir dir;
  const auto rows = *rc::gen::inRange<std::int64_t>(0, 9);
  const auto cols = *rc::gen::inRange<std::int64_t>(1, 9);
  DenseMatrix dense{rows, cols, {}};
  SparseMatrix csr{SparseFormat::kCsr, rows, cols, {}, {}, {}};
  std::vector<float> values;
  std::vector<std::int64_t> indices;
  std::vector<std::int64_t> indptr = {0};
  for (std::int64_t row = 0; row < rows; ++row) {
    dense.values.resize(static_cast<std::size_t>((row + 1) * cols), 0.0F);
    const auto chosen = *rc::gen::unique<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, cols));
    for (const std::int64_t column : chosen) {
      values.push_back(static_cast<float>(*rc::gen::inRange(-4, 5)));
      indices.push_back(column);
      dense.values[static_cast<std::size_t>(row * cols + column)] = values.back();
    }
    indptr.push_back(static_cast<std::int64_t>(indices.size()));
  }
  csr.data = make_column(values);
  csr.indices = make_column(indices);
  csr.indptr = make_column(indptr);
  // The same numbers, read as compressed columns, are the transposed matrix.
  SparseMatrix csc = csr;
  csc.format = SparseFormat::kCsc;
  std::swap(csc.rows, csc.cols);
  AnnData data;
  data.obs.index = tests::numbered("c", rows);
  data.var.index = tests::numbered("g", cols);
  data.x = csr;
  write_h5ad(data, dir / "csr.h5ad");
  std::swap(data.obs.index, data.var.index);
  data.x = csc;
  write_h5ad(data, dir / "csc.h5ad");
  RC_ASSERT(cells_reader_test::dense_values(read_cells(dir / "csr.h5ad").x) == dense.values);
  RC_ASSERT(cells_reader_test::by_rows(dir / "csr.h5ad", 3) == dense.values);
  const auto transposed = cells_reader_test::dense_values(read_cells(dir / "csc.h5ad").x);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t column = 0; column < cols; ++column) {
      RC_ASSERT(transposed[static_cast<std::size_t>(column * rows + row)] ==
                dense.values[static_cast<std::size_t>(row * cols + column)]);
    }
  }
}

}  // namespace brenier::data
