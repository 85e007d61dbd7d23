// From the parts of a stored sparse matrix to a CsrMatrix: sorted rows, every entry once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/h5ad/sparse.h"
#include "data/table/array.h"
#include "data/table/cell_matrix.h"

namespace brenier::data::h5 {

// Indices as int32, checked against 0..minor-1 (at most 2^31 - 1).
[[nodiscard]] std::vector<std::int32_t> narrow_indices(NumericArray indices, std::int64_t minor, std::int64_t offset,
                                                       const std::string& where);

// Sorts the columns of each row; throws kData naming row and column when an entry is stored twice. `first_row` is the
// number of the first row in messages.
void sort_rows(CsrMatrix& matrix, std::int64_t first_row, const std::string& where);

// Compressed columns to compressed rows, in O(stored + rows + cols).
[[nodiscard]] CsrMatrix csc_to_csr(std::int64_t rows, std::int64_t cols, const std::vector<std::int64_t>& indptr,
                                   const std::vector<std::int32_t>& indices, const std::vector<float>& values);

}  // namespace brenier::data::h5
