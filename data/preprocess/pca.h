// Principal components of cells by genes, centred, equal to scanpy.pp.pca (exact solver), signs included.
//
//   C = (X - 1 m^T)^T (X - 1 m^T) / (n - 1),   C v_k = lambda_k v_k,   scores = (X - 1 m^T) V
//
// The leading eigenpairs come from a Lanczos iteration with full reorthogonalisation on C, which is never formed, so
// sparse data stay sparse; it runs until every wanted residual is below 1e-12 lambda_1. The sign makes the loading of
// largest size positive (scikit-learn >= 1.5). Memory: steps x G float64, a few times n_components x G.
// Source: Golub and Van Loan, Matrix Computations, 4th ed., section 10.1 (REFERENCES.md: golub2013).
#pragma once

#include <cstdint>
#include <vector>

#include "data/preprocess/row_values.h"

namespace brenier::data {

struct Pca {
  std::int64_t n_components = 0;
  std::vector<double> mean;            // [G]
  std::vector<double> components;      // [n_components, G] row-major, orthonormal rows
  std::vector<double> variance;        // [n_components] eigenvalues, falling
  std::vector<double> variance_ratio;  // [n_components] share of the total variance
};

// Fitted on `fit_rows`. Throws kData when n_components is not in 1 .. min(cells, genes).
[[nodiscard]] Pca fit_pca(const CellMatrix& x, std::int64_t n_components, const FitRows& fit_rows = std::nullopt);

// Scores of all rows of x. [N, n_components] row-major. Throws kData when the number of genes differs.
[[nodiscard]] std::vector<double> pca_scores(const Pca& pca, const CellMatrix& x);

}  // namespace brenier::data
