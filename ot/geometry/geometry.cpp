#include "ot/geometry/geometry.h"

#include "core/error.h"
#include "core/shape.h"

namespace brenier::ot {

void check_dense_request(const std::string& what, Index rows, Index columns, at::ScalarType dtype, Index limit_bytes) {
  const double bytes = static_cast<double>(rows) * static_cast<double>(columns) * (dtype == at::kFloat ? 4 : 8);
  if (bytes <= static_cast<double>(limit_bytes)) return;
  throw Error(ErrorKind::kData, "a dense matrix of all pairs is too large")
      .at(what)
      .found(std::to_string(rows) + " x " + std::to_string(columns) + " pairs, " +
             std::to_string(static_cast<Index>(bytes / (1 << 20))) + " MiB")
      .expected("at most " + std::to_string(limit_bytes / (1 << 20)) + " MiB")
      .hint("apply_plan, sparse_plan and the gradients work without it; or raise the limit");
}

void check_matrix(const at::Tensor& matrix, const std::string& name, Index rows, Index columns) {
  if (!matrix.defined()) {
    throw Error(ErrorKind::kData, "a tensor is missing").at(name).expected("a matrix of float32 or float64");
  }
  check_floating(matrix, name);
  check_shape(matrix, name,
              "[" + (rows < 0 ? std::string("_") : std::to_string(rows)) + ", " +
                  (columns < 0 ? std::string("_") : std::to_string(columns)) + "]");
  if (matrix.size(0) == 0 || matrix.size(1) == 0) {
    throw Error(ErrorKind::kData, "a tensor is empty")
        .at(name)
        .found("[" + std::to_string(matrix.size(0)) + ", " + std::to_string(matrix.size(1)) + "]")
        .expected("at least one row and one column");
  }
  if (!matrix.device().is_cpu()) {
    throw Error(ErrorKind::kData, "the transport layer computes on the CPU")
        .at(name)
        .found("a tensor on " + matrix.device().str())
        .expected("a tensor on cpu")
        .hint("call .cpu() on it; gradients flow through");
  }
  check_finite(matrix, name);
}

}  // namespace brenier::ot
