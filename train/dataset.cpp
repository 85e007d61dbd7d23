#include "train/dataset.h"

#include <set>
#include <utility>

#include "core/error.h"
#include "core/numeric_covariate.h"
#include "data/h5ad/reader.h"
#include "data/molecule/molecule_table.h"
#include "data/split/marked_cells.h"

namespace brenier::train {

namespace dataset_detail {

void name_genes(data::CellTable& table, const std::string& column) {
  if (column.empty()) return;
  const auto labels =
      with_context("data.gene_column, var of " + table.source, [&] { return table.var.labels(column); });
  for (std::size_t g = 0; g < labels.size(); ++g) {
    if (labels[g]) {
      table.var.index[g] = *labels[g];
      continue;
    }
    throw Error(ErrorKind::kData, "a gene has no name")
        .at("data.gene_column '" + column + "', var of " + table.source)
        .found("gene " + std::to_string(g) + " ('" + table.var.index[g] + "')")
        .expected("a column without missing values");
  }
}

data::DescriptorTable read_table_of(const data::DescriptorSettings& settings, const PreparedData& prepared) {
  if (settings.molecule == "none") return data::read_descriptors(settings);
  if (settings.path.empty()) {
    return with_context("data.descriptors, obs column '" + settings.smiles_column + "'", [&] {
      return data::molecule_table(settings, data::smiles_of_cells(settings, prepared.table, prepared.contexts));
    });
  }
  return with_context("data.descriptors, " + settings.path, [&] {
    return data::molecule_table(settings, data::smiles_of_file(settings, prepared.contexts.settings.controls));
  });
}

void read_tables(const DataSettings& settings, PreparedData& prepared) {
  std::set<std::string> seen;
  for (const auto& one : settings.descriptors) {
    if (one.of != "perturbation" && !prepared.contexts.covariates.contains(one.of)) {
      throw Error(ErrorKind::kUsage, "a table describes something that is no part of a context")
          .at("data.descriptors.of")
          .found("'" + one.of + "'")
          .expected("'perturbation' or a column of data.perturbation.covariates");
    }
    if (!seen.insert(one.of).second) {
      throw Error(ErrorKind::kUsage, "two tables describe the same thing").at("data.descriptors.of").found(one.of);
    }
    if (one.numeric) {
      // Every value, those of held-out contexts too: a text among the numbers is found before training.
      with_context("data.descriptors, " + settings.path,
                   [&] { (void)numeric_covariate(one.of, prepared.contexts.covariates.at(one.of)); });
      prepared.numeric.push_back(one.of);
    } else {
      prepared.descriptors.emplace(one.of, read_table_of(one, prepared));
    }
  }
}

void warn_all(const std::vector<std::string>& warnings, Reporter& reporter) {
  for (const auto& warning : warnings) reporter.warn(warning);
}

}  // namespace dataset_detail

data::CellTable read_table(const DataSettings& settings) {
  if (settings.path.empty()) {
    throw Error(ErrorKind::kUsage, "the config names no data")
        .at("data.path")
        .expected("the path of an .h5ad file")
        .hint("give it on the command line: -s data.path=cells.h5ad");
  }
  data::ReadOptions options;
  options.matrix = settings.matrix;
  auto table = data::read_cells(settings.path, options);
  dataset_detail::name_genes(table, settings.gene_column);
  return table;
}

PreparedData prepare_data(const ExperimentSettings& settings, Reporter& reporter) {
  PreparedData prepared;
  prepared.table = read_table(settings.data);
  reporter.info("read " + std::to_string(prepared.table.cells()) + " cells, " + std::to_string(prepared.table.genes()) +
                " genes from " + settings.data.path);
  prepared.contexts = data::label_contexts(prepared.table, settings.data.perturbation);
  dataset_detail::warn_all(prepared.contexts.warnings, reporter);
  dataset_detail::read_tables(settings.data, prepared);
  prepared.split =
      data::make_split(prepared.contexts, settings.split, data::marked_cells(prepared.table, settings.split));
  dataset_detail::warn_all(prepared.split.warnings, reporter);
  data::check_no_leak(prepared.split, prepared.contexts);
  auto fitted = with_context(settings.data.path, [&] {
    return data::fit_preprocess(prepared.table, settings.preprocess, data::FitRows(prepared.split.train));
  });
  dataset_detail::warn_all(fitted.warnings, reporter);
  prepared.preprocess = std::move(fitted.state);
  reporter.info(std::to_string(prepared.split.train.size()) + " cells to train on, " +
                std::to_string(prepared.split.validation.size()) + " for model choice, " +
                std::to_string(prepared.split.test.size()) + " held out in " +
                std::to_string(prepared.split.held_out.size()) + " contexts; " +
                std::to_string(prepared.table.genes()) + " genes");
  return prepared;
}

}  // namespace brenier::train
