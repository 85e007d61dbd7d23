// Mean and unbiased variance of every gene over some cells, as scanpy computes them.
//
//   mean_g = sum_i x_ig / n,   var_g = (sum_i x_ig^2 / n - mean_g^2) n / (n - 1)
//
// Sums in float64; squares in float32, because scanpy squares before it widens and gene choice must agree with it.
#pragma once

#include <vector>

#include "data/preprocess/row_values.h"

namespace brenier::data {

struct GeneMoments {
  std::vector<double> mean;      // [G]
  std::vector<double> variance;  // [G]
};

enum class GeneScale { kAsStored, kExpm1 };  // kExpm1 undoes log1p value by value

[[nodiscard]] GeneMoments gene_moments(const CellMatrix& x, const FitRows& rows,
                                       GeneScale scale = GeneScale::kAsStored);

}  // namespace brenier::data
