// Dense matrices in float64 and their products over the thread pool, for numeric code without tensors.
//
// A product is computed in blocks of rows of the result; a block is one Eigen product, so that the result does not
// depend on the number of threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <Eigen/Core>
#include <vector>

#include "ot/passes/parallel.h"

namespace brenier::ot {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// A B.
[[nodiscard]] RowMatrix multiply(const RowMatrix& a, const RowMatrix& b);
// A^T B.
[[nodiscard]] RowMatrix multiply_transposed(const RowMatrix& a, const RowMatrix& b);
// A B^T.
[[nodiscard]] RowMatrix multiply_by_transposed(const RowMatrix& a, const RowMatrix& b);

// A copy of a matrix or of a vector (as one column).
[[nodiscard]] RowMatrix to_row_matrix(const at::Tensor& tensor);
[[nodiscard]] at::Tensor to_tensor(const RowMatrix& matrix, at::ScalarType dtype);
[[nodiscard]] at::Tensor to_tensor(const Eigen::VectorXd& vector, at::ScalarType dtype);
[[nodiscard]] Eigen::VectorXd to_eigen(const std::vector<double>& values);

}  // namespace brenier::ot
