// Sparse matrices: a group with attribute `shape` and the datasets data, indices and indptr (csr_matrix, csc_matrix
// 0.1.0). The older attributes h5sparse_format and h5sparse_shape are understood too.
//
// "Major" is the compressed axis: rows of CSR, columns of CSC. Checked when read: indptr has major + 1 entries, starts
// at 0, never falls and ends at the number of stored values; data and indices have that length; each index lies in
// the minor axis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/h5ad/element.h"
#include "data/h5ad/handle.h"
#include "data/h5ad/write_options.h"

namespace brenier::data::h5 {

struct SparseHead {
  SparseFormat format = SparseFormat::kCsr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  [[nodiscard]] std::int64_t major() const { return format == SparseFormat::kCsr ? rows : cols; }
  [[nodiscard]] std::int64_t minor() const { return format == SparseFormat::kCsr ? cols : rows; }
};

// True for a group that is marked as a sparse matrix.
[[nodiscard]] bool is_sparse(hid_t group);
[[nodiscard]] SparseHead read_sparse_head(hid_t group);
[[nodiscard]] SparseMatrix read_sparse(hid_t group, std::int64_t max_bytes);

// indptr, checked, as int64. `stored` is the number of stored values.
[[nodiscard]] std::vector<std::int64_t> read_indptr(hid_t group, const SparseHead& head, std::int64_t stored,
                                                    std::int64_t max_bytes);
// The number of stored values: the length of data, checked against that of indices.
[[nodiscard]] std::int64_t stored_values(hid_t group);
// Throws kData when an index lies outside 0..minor-1; `offset` is the position of the first one in the file.
void check_indices(const NumericArray& indices, std::int64_t minor, std::int64_t offset, const std::string& where);

void write_sparse(hid_t parent, const std::string& name, const SparseMatrix& matrix, const WriteOptions& options);

}  // namespace brenier::data::h5
