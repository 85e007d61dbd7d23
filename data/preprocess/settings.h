// Which preprocessing steps are applied: counts recovered (recover_counts.h), then in the order of scanpy's usual
// pipeline: gene choice on counts (seurat_v3), normalize_total, log1p, gene choice on logarithms (seurat).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier::data {

struct NormalizeTotalSettings {
  bool enabled = true;
  double target_sum = 1e4;  // counts a cell after scaling; 0: the median over the fitting cells (scanpy's None)

  void describe(Fields& fields);
};

struct GeneSettings {
  std::string flavor = "none";    // none: every gene; seurat (on logarithms); seurat_v3 (on counts); listed: `keep`
  std::int64_t n_top = 2000;      // genes kept
  std::string batch_key;          // obs column; seurat_v3 ranks within each batch and merges; empty: one batch
  double span = 0.3;              // share of genes in a local fit of the variance trend (seurat_v3)
  std::int64_t n_bins = 20;       // bins of the mean expression (seurat)
  std::vector<std::string> keep;  // genes that stay whatever their rank

  void describe(Fields& fields);
};

struct PreprocessSettings {
  std::string counts = "as_given";  // recover: X holds log(1 + normalised counts), counts are wanted
  NormalizeTotalSettings normalize_total;
  bool log1p = true;
  GeneSettings genes;
  bool allow_non_counts = false;  // accept fractional values where counts are expected (ambient-corrected, RSEM)

  void describe(Fields& fields);
};

}  // namespace brenier::data
