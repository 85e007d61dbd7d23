// A matrix of an .h5ad file by ranges of rows, for files that are larger than memory.
//
//   const RowReader reader("cells.h5ad", {.matrix = "layers/counts"});
//   for (std::int64_t begin = 0; begin < reader.rows(); begin += 4096) {
//     CellMatrix block = reader.read(begin, std::min(begin + 4096, reader.rows()));
//   }
//
// Dense matrices give dense blocks, CSR gives CSR; values as read_cells gives them. In memory at any time: one block,
// and 8 bytes a row of a sparse matrix. A CSC matrix is stored by column and cannot be read by row: kData with advice.
// Safe to call from several threads; the calls wait for each other.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "data/h5ad/reader.h"
#include "data/table/cell_matrix.h"

namespace brenier::data {

class RowReader final {
 public:
  explicit RowReader(const std::filesystem::path& path, const ReadOptions& options = {});
  ~RowReader();
  RowReader(RowReader&&) noexcept;
  RowReader& operator=(RowReader&&) noexcept;

  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] std::int64_t cols() const;
  [[nodiscard]] bool is_sparse() const;
  // Stored values before row i of a sparse matrix, i * cols of a dense one: how large a range will be.
  [[nodiscard]] std::int64_t stored_before(std::int64_t row) const;

  // Rows begin..end-1. Throws kDefect for a range outside the matrix, kData for damage found in the range.
  [[nodiscard]] CellMatrix read(std::int64_t begin, std::int64_t end) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace brenier::data
