// brenier preprocess IN.h5ad --output OUT.h5ad: normalisation, logarithm, variable genes, principal components.
#include "data/preprocess/preprocess.h"

#include <memory>

#include "apps/command.h"
#include "core/error.h"
#include "core/log.h"
#include "data/h5ad/reader.h"
#include "data/h5ad/writer.h"
#include "data/preprocess/input_checks.h"
#include "data/preprocess/pca.h"

namespace brenier::apps {
namespace preprocess_detail {

struct Options {
  std::string input;
  std::string output;
  std::string matrix = "X";
  double target_sum = 1e4;
  bool recover_counts = false;
  bool no_normalize = false;
  bool no_log1p = false;
  bool allow_non_counts = false;
  std::string flavor = "none";
  std::int64_t n_top = 2000;
  std::string batch_key;
  std::int64_t pca = 0;
};

void add_pca(data::AnnData& file, const data::CellTable& table, std::int64_t components) {
  const auto pca = data::fit_pca(table.x, components);
  auto scores = data::pca_scores(pca, table.x);
  std::vector<float> values(scores.begin(), scores.end());
  file.obsm.set("X_pca", data::Element{data::NumericArray{{table.cells(), components}, std::move(values)}});
  std::vector<double> loadings(static_cast<std::size_t>(table.genes() * components));
  for (std::int64_t g = 0; g < table.genes(); ++g) {
    for (std::int64_t k = 0; k < components; ++k) {
      loadings[static_cast<std::size_t>(g * components + k)] =
          pca.components[static_cast<std::size_t>(k * table.genes() + g)];
    }
  }
  file.varm.set("PCs", data::Element{data::NumericArray{{table.genes(), components}, std::move(loadings)}});
  data::Dict info;
  info.set("variance", data::Element{data::NumericArray{{components}, pca.variance}});
  info.set("variance_ratio", data::Element{data::NumericArray{{components}, pca.variance_ratio}});
  file.uns.set("pca", data::Element{std::move(info)});
}

void preprocess(const Options& options) {
  TerminalReporter reporter;
  auto table = data::read_cells(options.input, {.matrix = options.matrix});
  data::PreprocessSettings settings;
  if (options.recover_counts) settings.counts = "recover";
  settings.normalize_total.enabled = !options.no_normalize;
  settings.normalize_total.target_sum = options.target_sum;
  settings.log1p = !options.no_log1p;
  settings.allow_non_counts = options.allow_non_counts;
  settings.genes.flavor = options.flavor;
  settings.genes.n_top = options.n_top;
  settings.genes.batch_key = options.batch_key;
  const auto fitted = with_context(options.input, [&] { return data::fit_preprocess(table, settings); });
  for (const auto& warning : fitted.warnings) reporter.warn(warning);
  if (fitted.state.unnormalised) reporter.warn(data::unnormalised_warning());
  auto file = data::to_ann_data(table);
  if (options.pca > 0) with_context("--pca", [&] { add_pca(file, table, options.pca); });
  data::write_h5ad(file, options.output, {.compression = data::Compression::kGzip});
  print(options.output + ": " + std::to_string(table.cells()) + " cells, " + std::to_string(table.genes()) +
        " genes\n");
}

}  // namespace preprocess_detail

void add_preprocess(CLI::App& root) {
  auto options = std::make_shared<preprocess_detail::Options>();
  auto* app =
      root.add_subcommand("preprocess", "Normalise, take logarithms, choose variable genes, find principal components");
  app->add_option("input", options->input, "Raw counts (.h5ad)")->required();
  app->add_option("-o,--output", options->output, "The file to write (.h5ad)")->required();
  app->add_option("--matrix", options->matrix, "X, layers/NAME or raw/X")->capture_default_str();
  app->add_option("--target-sum", options->target_sum, "Total count of a cell after scaling; 0: the median total")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app->add_flag("--recover-counts", options->recover_counts,
                "X holds log(1 + normalised counts): turn it back into counts first");
  app->add_flag("--no-normalize", options->no_normalize, "Keep the totals as they are");
  app->add_flag("--no-log1p", options->no_log1p, "Keep the linear scale");
  app->add_flag("--allow-non-counts", options->allow_non_counts, "Accept fractions where counts are expected");
  app->add_option("--genes", options->flavor, "How variable genes are chosen")
      ->check(CLI::IsMember({"none", "seurat", "seurat_v3"}))
      ->capture_default_str();
  app->add_option("--n-top", options->n_top, "How many variable genes")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app->add_option("--batch-key", options->batch_key, "obs column within whose groups seurat_v3 ranks genes");
  app->add_option("--pca", options->pca, "Add so many principal components (obsm/X_pca); 0: none")
      ->check(CLI::NonNegativeNumber);
  app->footer("Example:\n  brenier preprocess raw.h5ad --output ready.h5ad --genes seurat_v3 --n-top 2000 --pca 50");
  app->callback([options] { preprocess_detail::preprocess(*options); });
}

}  // namespace brenier::apps
