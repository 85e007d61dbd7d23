#include "ot/low_rank/row_matrix.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace brenier::ot {
namespace row_matrix_detail {

constexpr Index kBlock = 128;

// fill(first, count) writes rows [first, first + count) of a result with `rows` rows.
template <class Fill>
void by_row_blocks(Index rows, const Fill& fill) {
  parallel_blocks((rows + kBlock - 1) / kBlock, [&](Index k) {
    const Index first = k * kBlock;
    fill(first, std::min(kBlock, rows - first));
  });
}

}  // namespace row_matrix_detail

RowMatrix multiply(const RowMatrix& a, const RowMatrix& b) {
  RowMatrix out(a.rows(), b.cols());
  row_matrix_detail::by_row_blocks(a.rows(), [&](Index first, Index count) {
    out.middleRows(first, count).noalias() = a.middleRows(first, count) * b;
  });
  return out;
}

RowMatrix multiply_transposed(const RowMatrix& a, const RowMatrix& b) {
  RowMatrix out(a.cols(), b.cols());
  row_matrix_detail::by_row_blocks(a.cols(), [&](Index first, Index count) {
    out.middleRows(first, count).noalias() = a.middleCols(first, count).transpose() * b;
  });
  return out;
}

RowMatrix multiply_by_transposed(const RowMatrix& a, const RowMatrix& b) {
  RowMatrix out(a.rows(), b.rows());
  row_matrix_detail::by_row_blocks(a.rows(), [&](Index first, Index count) {
    out.middleRows(first, count).noalias() = a.middleRows(first, count) * b.transpose();
  });
  return out;
}

RowMatrix to_row_matrix(const at::Tensor& tensor) {
  const auto values = tensor.detach().to(at::kDouble).contiguous();
  const Index rows = values.dim() == 0 ? 1 : values.size(0);
  return Eigen::Map<const RowMatrix>(values.const_data_ptr<double>(), rows, values.numel() / std::max<Index>(rows, 1));
}

at::Tensor to_tensor(const RowMatrix& matrix, at::ScalarType dtype) {
  auto out = at::empty({matrix.rows(), matrix.cols()}, at::TensorOptions().dtype(at::kDouble));
  std::copy_n(matrix.data(), matrix.size(), out.mutable_data_ptr<double>());
  return out.to(dtype);
}

at::Tensor to_tensor(const Eigen::VectorXd& vector, at::ScalarType dtype) {
  auto out = at::empty({vector.size()}, at::TensorOptions().dtype(at::kDouble));
  std::copy_n(vector.data(), vector.size(), out.mutable_data_ptr<double>());
  return out.to(dtype);
}

Eigen::VectorXd to_eigen(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

}  // namespace brenier::ot
