#include "data/preprocess/gene_moments.h"

#include <cmath>

namespace brenier::data {

GeneMoments gene_moments(const CellMatrix& x, const FitRows& rows, GeneScale scale) {
  const auto genes = static_cast<std::size_t>(x.cols());
  GeneMoments out{std::vector<double>(genes), std::vector<double>(genes)};
  const std::vector<std::int64_t> listed = listed_rows(rows, x.rows());
  for (const std::int64_t i : listed) {
    const auto row = row_values(x, i);
    for (std::size_t k = 0; k < row.values.size(); ++k) {
      const float v = scale == GeneScale::kExpm1 ? std::expm1(row.values[k]) : row.values[k];
      const float square = v * v;
      const std::size_t g = row.column(k);
      out.mean[g] += static_cast<double>(v);
      out.variance[g] += static_cast<double>(square);
    }
  }
  const auto n = static_cast<double>(listed.size());
  for (std::size_t g = 0; g < genes; ++g) {
    out.mean[g] /= n;
    out.variance[g] = out.variance[g] / n - out.mean[g] * out.mean[g];
    if (listed.size() > 1) out.variance[g] *= n / (n - 1.0);
  }
  return out;
}

}  // namespace brenier::data
