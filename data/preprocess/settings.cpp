#include "data/preprocess/settings.h"

namespace brenier::data {

void NormalizeTotalSettings::describe(Fields& fields) {
  fields.boolean("enabled", enabled, "Scale every cell to the same total count");
  fields.real("target_sum", target_sum, Range::at_least(0.0),
              "Total count of a cell after scaling; 0: the median total of the training cells");
}

void GeneSettings::describe(Fields& fields) {
  fields.choice("flavor", flavor, {"none", "seurat", "seurat_v3", "listed"},
                "How highly variable genes are chosen: none keeps all; seurat (binned dispersions of logarithms) and "
                "seurat_v3 (standardised variance of counts) equal scanpy's numbers; listed: those of `keep` alone");
  fields.integer("n_top", n_top, Range::at_least(1), "How many genes are kept");
  fields.text("batch_key", batch_key, "obs column within whose groups seurat_v3 ranks genes; empty: one group");
  fields.real("span", span, Range{0.0, 1.0, true, false},
              "Share of genes in a local fit of the variance trend (seurat_v3)");
  fields.integer("n_bins", n_bins, Range::at_least(1), "Bins of mean expression (seurat)");
  fields.texts("keep", keep, "Genes that are kept whatever their rank");
  fields.require("keep", flavor != "listed" || !keep.empty(), "at least one gene with flavor 'listed'");
  fields.require("batch_key", batch_key.empty() || flavor == "seurat_v3", "is used by flavor 'seurat_v3' only");
}

void PreprocessSettings::describe(Fields& fields) {
  fields.choice("counts", counts, {"as_given", "recover"},
                "as_given: X is taken as it is; recover: X holds log(1 + normalised counts) and is turned back into "
                "counts before anything else (counts are kept)");
  fields.nested("normalize_total", normalize_total, "Library-size normalisation");
  fields.boolean("log1p", log1p, "Replace x by log(1 + x)");
  fields.nested("genes", genes, "Which genes are kept");
  fields.boolean("allow_non_counts", allow_non_counts,
                 "Accept fractional values where counts are expected (for example ambient-corrected counts)");
}

}  // namespace brenier::data
