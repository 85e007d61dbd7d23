#include "data/table/cell_matrix.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "core/error.h"

namespace brenier::data {
namespace cell_matrix_detail {

Error size_error(const std::string& what, std::int64_t found, std::int64_t expected) {
  return Error(ErrorKind::kDefect, "the parts of a matrix do not fit together: " + what)
      .found(std::to_string(found))
      .expected(std::to_string(expected));
}

void check_positions(std::span<const std::int64_t> positions, std::int64_t size, const std::string& what) {
  for (const std::int64_t position : positions) {
    if (position < 0 || position >= size) {
      throw Error(ErrorKind::kDefect, "a " + what + " of a matrix is out of range")
          .found(what + " " + std::to_string(position))
          .expected("0 to " + std::to_string(size - 1));
    }
  }
}

DenseMatrix dense_columns(const DenseMatrix& from, std::span<const std::int64_t> columns) {
  DenseMatrix to{from.rows, static_cast<std::int64_t>(columns.size()), {}};
  to.values.resize(static_cast<std::size_t>(to.rows * to.cols));
  float* out = to.values.data();
  for (std::int64_t row = 0; row < from.rows; ++row) {
    const float* in = from.values.data() + row * from.cols;
    for (const std::int64_t column : columns) *out++ = in[column];
  }
  return to;
}

CsrMatrix sparse_columns(const CsrMatrix& from, std::span<const std::int64_t> columns) {
  // Where each old column goes: new positions starts[c] .. starts[c + 1], increasing; a column may be asked for twice.
  std::vector<std::int32_t> starts(static_cast<std::size_t>(from.cols) + 1, 0);
  for (const std::int64_t column : columns) ++starts[static_cast<std::size_t>(column) + 1];
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  std::vector<std::int32_t> targets(columns.size());
  std::vector<std::int32_t> fill(starts.begin(), starts.end() - 1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    targets[static_cast<std::size_t>(fill[static_cast<std::size_t>(columns[i])]++)] = static_cast<std::int32_t>(i);
  }
  const bool in_order = std::is_sorted(columns.begin(), columns.end());
  CsrMatrix to{from.rows, static_cast<std::int64_t>(columns.size()), {0}, {}, {}};
  to.indptr.reserve(static_cast<std::size_t>(from.rows) + 1);
  std::vector<std::pair<std::int32_t, float>> row_entries;
  for (std::int64_t row = 0; row < from.rows; ++row) {
    row_entries.clear();
    for (std::int64_t k = from.indptr[row]; k < from.indptr[row + 1]; ++k) {
      const auto column = static_cast<std::size_t>(from.indices[k]);
      for (std::int32_t t = starts[column]; t < starts[column + 1]; ++t) {
        row_entries.emplace_back(targets[static_cast<std::size_t>(t)], from.values[k]);
      }
    }
    if (!in_order) {
      std::sort(row_entries.begin(), row_entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    }
    for (const auto& [column, value] : row_entries) {
      to.indices.push_back(column);
      to.values.push_back(value);
    }
    to.indptr.push_back(static_cast<std::int64_t>(to.indices.size()));
  }
  return to;
}

}  // namespace cell_matrix_detail

CellMatrix::CellMatrix(DenseMatrix matrix) {
  if (matrix.rows < 0 || matrix.cols < 0) {
    throw cell_matrix_detail::size_error("a negative size", std::min(matrix.rows, matrix.cols), 0);
  }
  const auto stored = static_cast<std::int64_t>(matrix.values.size());
  if (stored != matrix.rows * matrix.cols) {
    throw cell_matrix_detail::size_error("dense values", stored, matrix.rows * matrix.cols);
  }
  matrix_ = std::move(matrix);
}

CellMatrix::CellMatrix(CsrMatrix matrix) {
  using cell_matrix_detail::size_error;
  if (matrix.rows < 0 || matrix.cols < 0) throw size_error("a negative size", std::min(matrix.rows, matrix.cols), 0);
  if (matrix.cols > std::numeric_limits<std::int32_t>::max()) {
    throw size_error("columns", matrix.cols, std::numeric_limits<std::int32_t>::max());
  }
  const auto pointers = static_cast<std::int64_t>(matrix.indptr.size());
  const auto stored = static_cast<std::int64_t>(matrix.indices.size());
  if (pointers != matrix.rows + 1) throw size_error("length of indptr", pointers, matrix.rows + 1);
  if (matrix.indptr.front() != 0) throw size_error("first entry of indptr", matrix.indptr.front(), 0);
  if (matrix.indptr.back() != stored) throw size_error("last entry of indptr", matrix.indptr.back(), stored);
  if (static_cast<std::int64_t>(matrix.values.size()) != stored) {
    throw size_error("values", static_cast<std::int64_t>(matrix.values.size()), stored);
  }
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    if (matrix.indptr[row + 1] < matrix.indptr[row]) {
      throw size_error("indptr falls after row " + std::to_string(row), matrix.indptr[row + 1], matrix.indptr[row]);
    }
  }
  matrix_ = std::move(matrix);
}

std::int64_t CellMatrix::rows() const {
  return std::visit([](const auto& m) { return m.rows; }, matrix_);
}

std::int64_t CellMatrix::cols() const {
  return std::visit([](const auto& m) { return m.cols; }, matrix_);
}

void CellMatrix::rows_dense(std::span<const std::int64_t> rows, float* out) const {
  cell_matrix_detail::check_positions(rows, this->rows(), "row");
  const std::int64_t width = cols();
  if (const auto* m = std::get_if<DenseMatrix>(&matrix_)) {
    for (const std::int64_t row : rows) out = std::copy_n(m->values.data() + row * width, width, out);
    return;
  }
  const CsrMatrix& m = sparse();
  std::fill_n(out, static_cast<std::int64_t>(rows.size()) * width, 0.0F);
  for (const std::int64_t row : rows) {
    for (std::int64_t k = m.indptr[row]; k < m.indptr[row + 1]; ++k) out[m.indices[k]] = m.values[k];
    out += width;
  }
}

CellMatrix CellMatrix::select_rows(std::span<const std::int64_t> rows) const {
  cell_matrix_detail::check_positions(rows, this->rows(), "row");
  const auto count = static_cast<std::int64_t>(rows.size());
  if (!is_sparse()) {
    DenseMatrix to{count, cols(), {}};
    to.values.resize(static_cast<std::size_t>(count * cols()));
    rows_dense(rows, to.values.data());
    return CellMatrix(std::move(to));
  }
  const CsrMatrix& from = sparse();
  CsrMatrix to{count, from.cols, {0}, {}, {}};
  std::int64_t stored = 0;
  for (const std::int64_t row : rows) stored += from.indptr[row + 1] - from.indptr[row];
  to.indptr.reserve(rows.size() + 1);
  to.indices.reserve(static_cast<std::size_t>(stored));
  to.values.reserve(static_cast<std::size_t>(stored));
  for (const std::int64_t row : rows) {
    const std::int64_t begin = from.indptr[row];
    const std::int64_t end = from.indptr[row + 1];
    to.indices.insert(to.indices.end(), from.indices.begin() + begin, from.indices.begin() + end);
    to.values.insert(to.values.end(), from.values.begin() + begin, from.values.begin() + end);
    to.indptr.push_back(static_cast<std::int64_t>(to.indices.size()));
  }
  return CellMatrix(std::move(to));
}

CellMatrix CellMatrix::select_columns(std::span<const std::int64_t> columns) const {
  cell_matrix_detail::check_positions(columns, cols(), "column");
  if (is_sparse()) return CellMatrix(cell_matrix_detail::sparse_columns(sparse(), columns));
  return CellMatrix(cell_matrix_detail::dense_columns(dense(), columns));
}

std::vector<double> CellMatrix::column_means(std::span<const std::int64_t> rows) const {
  cell_matrix_detail::check_positions(rows, this->rows(), "row");
  if (rows.empty()) throw Error(ErrorKind::kDefect, "the mean over no rows was asked for");
  std::vector<double> means(static_cast<std::size_t>(cols()), 0.0);
  if (const auto* m = std::get_if<DenseMatrix>(&matrix_)) {
    for (const std::int64_t row : rows) {
      const float* in = m->values.data() + row * m->cols;
      for (std::int64_t column = 0; column < m->cols; ++column) means[column] += in[column];
    }
  } else {
    const CsrMatrix& s = sparse();
    for (const std::int64_t row : rows) {
      for (std::int64_t k = s.indptr[row]; k < s.indptr[row + 1]; ++k) means[s.indices[k]] += s.values[k];
    }
  }
  for (double& mean : means) mean /= static_cast<double>(rows.size());
  return means;
}

std::span<const float> CellMatrix::values() const {
  return std::visit([](const auto& m) { return std::span<const float>(m.values); }, matrix_);
}

std::span<float> CellMatrix::values() {
  return std::visit([](auto& m) { return std::span<float>(m.values); }, matrix_);
}

}  // namespace brenier::data
