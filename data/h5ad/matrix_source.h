// The matrix that a caller chose ("X", "layers/NAME", "raw/X"): opened and checked, with the names of its var.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "data/h5ad/handle.h"
#include "data/h5ad/sparse.h"

namespace brenier::data::h5 {

struct MatrixSource {
  Object object;                   // a dataset, or a group when sparse
  std::optional<SparseHead> head;  // when sparse
  std::string var_path;            // "var" or "raw/var"
  std::int64_t rows = 0;
  std::int64_t cols = 0;
};

// Throws kData that lists the matrices there are when this one is missing, and when it is no matrix of numbers.
[[nodiscard]] MatrixSource open_matrix(hid_t file, const std::string& matrix);

// Throws kData when the matrix does not have one row a cell and one column a gene.
void check_fits(const MatrixSource& source, std::int64_t cells, std::int64_t genes, const std::string& matrix);

}  // namespace brenier::data::h5
