#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/error.h"
#include "core/nearest_name.h"
#include "data/preprocess/gene_names.h"
#include "data/preprocess/highly_variable.h"
#include "data/preprocess/input_checks.h"
#include "data/preprocess/normalize.h"
#include "data/preprocess/preprocess.h"
#include "data/preprocess/recover_counts.h"

namespace brenier::data {
namespace fit_preprocess_detail {

void check_fit_rows(const CellTable& table, const FitRows& fit_rows) {
  if (!fit_rows) return;
  if (fit_rows->empty()) {
    throw Error(ErrorKind::kData, "there is no cell to fit the preprocessing on")
        .at(table.source.empty() ? "preprocess" : table.source)
        .expected("at least one training cell");
  }
  for (const std::int64_t row : *fit_rows) {
    if (row < 0 || row >= table.cells()) {
      throw Error(ErrorKind::kDefect, "a row to fit the preprocessing on is out of range")
          .found("row " + std::to_string(row))
          .expected("0 to " + std::to_string(table.cells() - 1));
    }
  }
}

// Columns of the chosen genes and of those to keep in any case, ascending.
std::vector<std::int64_t> kept_columns(const HighlyVariable& chosen, const std::vector<std::string>& keep,
                                       const std::vector<std::string>& names) {
  std::vector<std::int64_t> columns = chosen.columns();
  const GeneAlignment alignment = align_genes(keep, names);
  if (!alignment.missing.empty()) {
    const std::string nearest = nearest_name(alignment.missing.front(), names);
    throw Error(ErrorKind::kData, "genes to keep are not in the data")
        .at("preprocess.genes.keep")
        .found(quoted_list(alignment.missing))
        .expected("names of the " + std::to_string(names.size()) + " genes of var" +
                  (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  columns.insert(columns.end(), alignment.columns.begin(), alignment.columns.end());
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

}  // namespace fit_preprocess_detail

FittedPreprocess fit_preprocess(CellTable& table, const PreprocessSettings& settings, const FitRows& fit_rows) {
  namespace detail = fit_preprocess_detail;
  FittedPreprocess out;
  detail::check_fit_rows(table, fit_rows);
  if (settings.counts == "recover") recover_counts(table);
  out.warnings = check_input(settings, table);
  out.state.unnormalised = stays_unnormalised(settings, table);
  if (const std::int64_t renamed = make_names_unique(table.var.index); renamed > 0) {
    out.warnings.push_back(std::to_string(renamed) +
                           " gene names occur more than once; the later ones got -1, -2, ... appended");
  }
  PreprocessState& state = out.state;
  state.counts = settings.counts;
  state.normalize_total = settings.normalize_total.enabled;
  state.log1p = settings.log1p;
  state.allow_non_counts = settings.allow_non_counts;
  state.gene_flavor = settings.genes.flavor;

  HighlyVariable chosen;
  if (settings.genes.flavor == "seurat_v3") chosen = highly_variable_genes(table, settings.genes, fit_rows);
  if (state.normalize_total) {
    state.total_genes = table.var.index;
    const std::vector<double> totals = total_counts(table.x);
    const auto empty = std::count(totals.begin(), totals.end(), 0.0);
    if (empty > 0) out.warnings.push_back(std::to_string(empty) + " cells have no count at all and stay zero");
    const double target = settings.normalize_total.target_sum;
    state.target_sum = target > 0.0 ? target : median_total(table.x, fit_rows);
    scale_rows(table.x, totals, state.target_sum);
  }
  if (state.log1p) log1p(table);
  if (settings.genes.flavor == "seurat") chosen = highly_variable_genes(table, settings.genes, fit_rows);
  if (settings.genes.flavor == "listed") {
    table = select_genes(table, detail::kept_columns({}, settings.genes.keep, table.var.index));
  } else if (settings.genes.flavor != "none") {
    if (settings.genes.n_top > table.genes()) {
      out.warnings.push_back("preprocess.genes.n_top=" + std::to_string(settings.genes.n_top) + " is more than the " +
                             std::to_string(table.genes()) + " genes there are");
    }
    write_to_var(chosen, table.var);
    table = select_genes(table, detail::kept_columns(chosen, settings.genes.keep, table.var.index));
  }
  state.genes = table.var.index;
  return out;
}

}  // namespace brenier::data
