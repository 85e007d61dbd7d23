// Which genes vary more than their mean explains, with scanpy's numbers (scanpy.pp.highly_variable_genes).
//
// seurat (X holds logarithms log(1 + x)): dispersion d = var / mean of expm1(X), in logarithm; genes are binned by
//   log1p(mean) into n_bins equal widths; normalised d = (d - mean of the bin) / standard deviation of the bin, and 1
//   for a gene alone in its bin. Kept: every gene that reaches the n_top-th highest value (ties stay together).
// seurat_v3 (X holds counts): s^2 = 10^loess(log10 var ~ log10 mean); the variance of (x - mean) / s with x clipped
// from
//   above at mean + s sqrt(N). Kept: the n_top best by median rank over batches, then by the number of batches.
// Sources: Satija 2015 (REFERENCES.md: satija2015), Stuart 2019 (stuart2019).
//
// Only `fit_rows` are looked at, so that held-out cells cannot influence the choice. Needs at least 2 cells (a batch).
// Ties of the seurat_v3 ranks keep the order of the genes; scanpy leaves it to an unstable sort.
#pragma once

#include <string>
#include <vector>

#include "data/preprocess/row_values.h"
#include "data/preprocess/settings.h"
#include "data/table/cell_table.h"

namespace brenier::data {

struct HighlyVariable {
  std::string flavor;
  std::vector<bool> chosen;              // [G]
  std::vector<double> means;             // [G] seurat: log1p of the mean; seurat_v3: mean count
  std::vector<double> dispersions;       // seurat: logarithm of var / mean (NaN without variance); seurat_v3: empty
  std::vector<double> dispersions_norm;  // seurat
  std::vector<double> variances;         // seurat_v3
  std::vector<double> variances_norm;    // seurat_v3: mean over batches
  std::vector<double> rank;              // seurat_v3: median over batches, NaN when never among the n_top
  std::vector<double> batches;           // seurat_v3: number of batches with the gene among the n_top

  [[nodiscard]] std::vector<std::int64_t> columns() const;  // of the chosen genes, ascending
};

// settings.flavor "seurat" or "seurat_v3"; settings.keep is not looked at. Throws kData: too few cells or genes,
// infinite expm1, unknown batch column.
[[nodiscard]] HighlyVariable highly_variable_genes(const CellTable& table, const GeneSettings& settings,
                                                   const FitRows& fit_rows = std::nullopt);

[[nodiscard]] HighlyVariable highly_variable_seurat(const CellMatrix& x, std::int64_t n_top, std::int64_t n_bins,
                                                    const FitRows& fit_rows = std::nullopt);
// batches: one list of rows each.
[[nodiscard]] HighlyVariable highly_variable_seurat_v3(const CellMatrix& x, std::int64_t n_top, double span,
                                                       const std::vector<std::vector<std::int64_t>>& batches);

// Writes the numbers as columns of `var` under scanpy's names (highly_variable, means, dispersions, ...).
void write_to_var(const HighlyVariable& genes, DataFrame& var);

}  // namespace brenier::data
