// The expression matrix as the rest of the program uses it: N cells by G genes, float32, dense or CSR.
//
// Sparse data stays sparse; only the rows of a batch are ever made dense (rows_dense). For a lossless view of
// a file in its own dtypes see data/h5ad/.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

namespace brenier::data {

struct DenseMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<float> values;  // row-major, rows * cols
};

// Compressed sparse rows. Column indices within a row are sorted and unique (the readers see to it).
struct CsrMatrix {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::int64_t> indptr;   // rows + 1
  std::vector<std::int32_t> indices;  // nnz
  std::vector<float> values;          // nnz
};

class CellMatrix final {
 public:
  CellMatrix() = default;
  explicit CellMatrix(DenseMatrix matrix);  // throws kDefect when sizes do not fit
  explicit CellMatrix(CsrMatrix matrix);

  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] std::int64_t cols() const;
  [[nodiscard]] bool is_sparse() const { return std::holds_alternative<CsrMatrix>(matrix_); }
  [[nodiscard]] const DenseMatrix& dense() const { return std::get<DenseMatrix>(matrix_); }
  [[nodiscard]] const CsrMatrix& sparse() const { return std::get<CsrMatrix>(matrix_); }
  [[nodiscard]] DenseMatrix& dense() { return std::get<DenseMatrix>(matrix_); }
  [[nodiscard]] CsrMatrix& sparse() { return std::get<CsrMatrix>(matrix_); }

  // Writes the named rows, dense and in the given order, to out (rows.size() * cols() floats, row-major).
  void rows_dense(std::span<const std::int64_t> rows, float* out) const;
  // New matrices with the named rows or columns, in the given order, in the same storage.
  [[nodiscard]] CellMatrix select_rows(std::span<const std::int64_t> rows) const;
  [[nodiscard]] CellMatrix select_columns(std::span<const std::int64_t> columns) const;
  // Per-column mean over the named rows, float64 accumulation. [G]
  [[nodiscard]] std::vector<double> column_means(std::span<const std::int64_t> rows) const;

  // The stored values (all entries when dense, the non-zeros when sparse).
  [[nodiscard]] std::span<const float> values() const;
  [[nodiscard]] std::span<float> values();

 private:
  std::variant<DenseMatrix, CsrMatrix> matrix_;
};

}  // namespace brenier::data
