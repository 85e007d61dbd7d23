#include "data/preprocess/highly_variable.h"

#include <cstdint>
#include <map>
#include <utility>

#include "core/error.h"

namespace brenier::data {
namespace highly_variable_detail {

NumericArray as_column(const std::vector<double>& values) {
  return NumericArray{{static_cast<std::int64_t>(values.size())}, values};
}

}  // namespace highly_variable_detail

std::vector<std::int64_t> HighlyVariable::columns() const {
  std::vector<std::int64_t> columns;
  for (std::size_t g = 0; g < chosen.size(); ++g) {
    if (chosen[g]) columns.push_back(static_cast<std::int64_t>(g));
  }
  return columns;
}

HighlyVariable highly_variable_genes(const CellTable& table, const GeneSettings& settings, const FitRows& fit_rows) {
  if (settings.flavor == "seurat") return highly_variable_seurat(table.x, settings.n_top, settings.n_bins, fit_rows);
  if (settings.flavor != "seurat_v3") {
    throw Error(ErrorKind::kUsage, "unknown way to choose genes")
        .at("preprocess.genes.flavor")
        .found("'" + settings.flavor + "'")
        .expected("'seurat' or 'seurat_v3'");
  }
  const std::vector<std::int64_t> rows = listed_rows(fit_rows, table.cells());
  if (settings.batch_key.empty()) return highly_variable_seurat_v3(table.x, settings.n_top, settings.span, {rows});
  const auto labels = with_context("preprocess.genes.batch_key", [&] { return table.obs.labels(settings.batch_key); });
  std::map<std::string, std::vector<std::int64_t>> batches;
  for (const std::int64_t row : rows) {
    const auto& label = labels.at(static_cast<std::size_t>(row));
    if (!label) {
      throw Error(ErrorKind::kData, "a cell has no batch")
          .at("obs column '" + settings.batch_key + "', cell '" + table.obs.index.at(static_cast<std::size_t>(row)) +
              "'")
          .found("a missing value")
          .expected("a batch for every cell, or preprocess.genes.batch_key=\"\"");
    }
    batches[*label].push_back(row);
  }
  std::vector<std::vector<std::int64_t>> lists;
  for (auto& [label, members] : batches) {
    if (members.size() < 2) {
      throw Error(ErrorKind::kData, "a batch has a single cell, so its genes have no variance")
          .at("obs column '" + settings.batch_key + "'")
          .found("batch '" + label + "'")
          .expected("at least 2 cells a batch");
    }
    lists.push_back(std::move(members));
  }
  return highly_variable_seurat_v3(table.x, settings.n_top, settings.span, lists);
}

void write_to_var(const HighlyVariable& genes, DataFrame& var) {
  namespace detail = highly_variable_detail;
  std::vector<Bool> chosen(genes.chosen.size());
  for (std::size_t g = 0; g < chosen.size(); ++g) chosen[g].value = genes.chosen[g] ? 1 : 0;
  var.set("highly_variable", NumericArray{{static_cast<std::int64_t>(chosen.size())}, std::move(chosen)});
  const auto write = [&var](const char* name, const std::vector<double>& values) {
    if (!values.empty()) var.set(name, detail::as_column(values));
  };
  write("means", genes.means);
  write("dispersions", genes.dispersions);
  write("dispersions_norm", genes.dispersions_norm);
  write("highly_variable_rank", genes.rank);
  write("variances", genes.variances);
  write("variances_norm", genes.variances_norm);
  write("highly_variable_nbatches", genes.batches);
}

}  // namespace brenier::data
