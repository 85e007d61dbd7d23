#include "data/h5ad/csr_build.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core/error.h"

namespace brenier::data::h5 {

std::vector<std::int32_t> narrow_indices(NumericArray indices, std::int64_t minor, std::int64_t offset,
                                         const std::string& where) {
  if (minor > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorKind::kData, "a matrix is too wide")
        .at("'" + where + "'")
        .found(std::to_string(minor))
        .expected("at most 2147483647");
  }
  check_indices(indices, minor, offset, where);
  if (auto* exact = std::get_if<std::vector<std::int32_t>>(&indices.values)) return std::move(*exact);
  std::vector<std::int32_t> result;
  result.reserve(static_cast<std::size_t>(indices.count()));
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_integral_v<T>) {
          for (const T value : values) result.push_back(static_cast<std::int32_t>(value));
        }
      },
      indices.values);
  return result;
}

void sort_rows(CsrMatrix& matrix, std::int64_t first_row, const std::string& where) {
  std::vector<std::pair<std::int32_t, float>> entries;
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    const std::int64_t begin = matrix.indptr[row];
    const std::int64_t end = matrix.indptr[row + 1];
    if (!std::is_sorted(matrix.indices.begin() + begin, matrix.indices.begin() + end)) {
      entries.clear();
      for (std::int64_t k = begin; k < end; ++k) entries.emplace_back(matrix.indices[k], matrix.values[k]);
      std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      for (std::int64_t k = begin; k < end; ++k) {
        std::tie(matrix.indices[k], matrix.values[k]) = entries[static_cast<std::size_t>(k - begin)];
      }
    }
    const auto last = matrix.indices.begin() + end;
    const auto twice = std::adjacent_find(matrix.indices.begin() + begin, last);
    if (twice != last) {
      throw Error(ErrorKind::kData, "a sparse matrix stores an entry twice")
          .at("'" + where + "'")
          .at("row " + std::to_string(first_row + row))
          .found("column " + std::to_string(*twice))
          .expected("each entry once")
          .hint("in Python: adata.X.sum_duplicates() before writing");
    }
  }
}

CsrMatrix csc_to_csr(std::int64_t rows, std::int64_t cols, const std::vector<std::int64_t>& indptr,
                     const std::vector<std::int32_t>& indices, const std::vector<float>& values) {
  CsrMatrix matrix{rows, cols, {}, {}, {}};
  matrix.indptr.assign(static_cast<std::size_t>(rows) + 1, 0);
  matrix.indices.resize(indices.size());
  matrix.values.resize(indices.size());
  for (const std::int32_t row : indices) ++matrix.indptr[static_cast<std::size_t>(row) + 1];
  for (std::size_t row = 1; row < matrix.indptr.size(); ++row) matrix.indptr[row] += matrix.indptr[row - 1];
  std::vector<std::int64_t> next(matrix.indptr.begin(), matrix.indptr.end() - 1);
  for (std::int64_t column = 0; column < cols; ++column) {
    for (std::int64_t k = indptr[column]; k < indptr[column + 1]; ++k) {
      const auto target = static_cast<std::size_t>(next[static_cast<std::size_t>(indices[k])]++);
      matrix.indices[target] = static_cast<std::int32_t>(column);
      matrix.values[target] = values[k];
    }
  }
  return matrix;
}

}  // namespace brenier::data::h5
