#include "data/h5ad/sparse.h"

#include <type_traits>
#include <utility>

#include "data/h5ad/attribute.h"
#include "data/h5ad/dataset.h"
#include "data/h5ad/dataset_writer.h"
#include "data/h5ad/group.h"

namespace brenier::data::h5 {
namespace sparse_detail {

Error sparse_error(const std::string& where, const std::string& message) {
  return Error(ErrorKind::kData, "a sparse matrix is damaged: " + message).at("'" + where + "'");
}

std::int64_t line_length(hid_t dataset) {
  const Extent extent = extent_of(dataset);
  if (extent.null || extent.shape.size() != 1) {
    throw sparse_error(object_path(dataset), "a part of it is not one-dimensional");
  }
  return extent.shape[0];
}

// Any integer array as int64; throws for other types and for values above the largest int64.
std::vector<std::int64_t> to_int64(const NumericArray& array, const std::string& where) {
  std::vector<std::int64_t> result;
  result.reserve(static_cast<std::size_t>(array.count()));
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_integral_v<T>) {
          for (const T value : values) {
            if (!std::in_range<std::int64_t>(value)) throw sparse_error(where, "a position is too large");
            result.push_back(static_cast<std::int64_t>(value));
          }
        } else {
          throw sparse_error(where, "positions are no whole numbers").found(array.dtype());
        }
      },
      array.values);
  return result;
}

void check_indptr(const std::vector<std::int64_t>& indptr, const SparseHead& head, std::int64_t stored,
                  const std::string& where) {
  const auto length = static_cast<std::int64_t>(indptr.size());
  const std::string axis = head.format == SparseFormat::kCsr ? "row" : "column";
  if (length != head.major() + 1) {
    throw sparse_error(where, "indptr has the wrong length")
        .found(std::to_string(length))
        .expected(std::to_string(head.major() + 1) + " (one more than the " + axis + "s)");
  }
  if (indptr.front() != 0) {
    throw sparse_error(where, "indptr does not start at 0").found(std::to_string(indptr.front()));
  }
  for (std::size_t i = 1; i < indptr.size(); ++i) {
    if (indptr[i] < indptr[i - 1]) {
      throw sparse_error(where, "indptr falls")
          .at(axis + " " + std::to_string(i - 1))
          .found(std::to_string(indptr[i - 1]) + " then " + std::to_string(indptr[i]))
          .expected("values that never fall");
    }
  }
  if (indptr.back() != stored) {
    throw sparse_error(where, "indptr does not end at the number of stored values")
        .found(std::to_string(indptr.back()))
        .expected(std::to_string(stored));
  }
}

}  // namespace sparse_detail

bool is_sparse(hid_t group) {
  const std::string type = read_encoding(group).type;
  return type == "csr_matrix" || type == "csc_matrix" || has_attribute(group, "h5sparse_format");
}

SparseHead read_sparse_head(hid_t group) {
  const bool old = has_attribute(group, "h5sparse_format");
  const std::string format = old ? read_string_attribute(group, "h5sparse_format") : read_encoding(group).type;
  SparseHead head;
  if (format == "csr_matrix" || format == "csr") {
    head.format = SparseFormat::kCsr;
  } else if (format == "csc_matrix" || format == "csc") {
    head.format = SparseFormat::kCsc;
  } else {
    throw Error(ErrorKind::kData, "a matrix has an unknown sparse format")
        .at("'" + object_path(group) + "'")
        .found("'" + format + "'")
        .expected("csr_matrix or csc_matrix");
  }
  const std::vector<std::int64_t> shape = read_integers_attribute(group, old ? "h5sparse_shape" : "shape");
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0) {
    throw sparse_detail::sparse_error(object_path(group), "its shape is not two sizes");
  }
  head.rows = shape[0];
  head.cols = shape[1];
  return head;
}

std::int64_t stored_values(hid_t group) {
  const std::int64_t data = sparse_detail::line_length(open_dataset(group, "data").id());
  const std::int64_t indices = sparse_detail::line_length(open_dataset(group, "indices").id());
  if (data != indices) {
    throw sparse_detail::sparse_error(object_path(group), "data and indices have different lengths")
        .found(std::to_string(data) + " and " + std::to_string(indices));
  }
  return data;
}

std::vector<std::int64_t> read_indptr(hid_t group, const SparseHead& head, std::int64_t stored,
                                      std::int64_t max_bytes) {
  const Dataset dataset = open_dataset(group, "indptr");
  sparse_detail::line_length(dataset.id());
  std::vector<std::int64_t> indptr =
      sparse_detail::to_int64(read_numeric(dataset.id(), max_bytes), object_path(dataset.id()));
  sparse_detail::check_indptr(indptr, head, stored, object_path(group));
  return indptr;
}

void check_indices(const NumericArray& indices, std::int64_t minor, std::int64_t offset, const std::string& where) {
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_integral_v<T>) {
          for (std::size_t k = 0; k < values.size(); ++k) {
            if (std::cmp_greater_equal(values[k], 0) && std::cmp_less(values[k], minor)) continue;
            throw sparse_detail::sparse_error(where, "an index is out of range")
                .at("position " + std::to_string(offset + static_cast<std::int64_t>(k)))
                .found(std::to_string(values[k]))
                .expected("0 to " + std::to_string(minor - 1));
          }
        } else {
          throw sparse_detail::sparse_error(where, "indices are no whole numbers").found(indices.dtype());
        }
      },
      indices.values);
}

SparseMatrix read_sparse(hid_t group, std::int64_t max_bytes) {
  const SparseHead head = read_sparse_head(group);
  const std::int64_t stored = stored_values(group);
  SparseMatrix matrix;
  matrix.format = head.format;
  matrix.rows = head.rows;
  matrix.cols = head.cols;
  matrix.indptr = read_numeric(open_dataset(group, "indptr").id(), max_bytes);
  const std::string where = object_path(group);
  sparse_detail::check_indptr(sparse_detail::to_int64(matrix.indptr, where), head, stored, where);
  matrix.indices = read_numeric(open_dataset(group, "indices").id(), max_bytes);
  check_indices(matrix.indices, head.minor(), 0, where);
  matrix.data = read_numeric(open_dataset(group, "data").id(), max_bytes);
  return matrix;
}

void write_sparse(hid_t parent, const std::string& name, const SparseMatrix& matrix, const WriteOptions& options) {
  const bool csr = matrix.format == SparseFormat::kCsr;
  const std::string where = child_path(parent, name);
  const SparseHead head{matrix.format, matrix.rows, matrix.cols};
  // What we write must be readable: the same checks as on reading.
  sparse_detail::check_indptr(sparse_detail::to_int64(matrix.indptr, where), head, matrix.data.count(), where);
  check_indices(matrix.indices, head.minor(), 0, where);
  if (matrix.indices.count() != matrix.data.count()) {
    throw sparse_detail::sparse_error(where, "data and indices have different lengths")
        .found(std::to_string(matrix.data.count()) + " and " + std::to_string(matrix.indices.count()));
  }
  const Group group = create_group(parent, name);
  write_encoding(group.id(), {csr ? "csr_matrix" : "csc_matrix", "0.1.0"});
  write_attribute(group.id(), "shape", std::vector<std::int64_t>{matrix.rows, matrix.cols});
  const Dataset data = write_numeric(group.id(), "data", matrix.data, options, true);
  const Dataset indices = write_numeric(group.id(), "indices", matrix.indices, options, true);
  const Dataset indptr = write_numeric(group.id(), "indptr", matrix.indptr, options, true);
}

}  // namespace brenier::data::h5
