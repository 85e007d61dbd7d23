// brenier predict MODEL.pt: the cells of a file as they would look under a perturbation.
#include <ATen/core/Tensor.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "apps/command.h"
#include "core/compute.h"
#include "core/error.h"
#include "core/log.h"
#include "core/number_text.h"
#include "data/h5ad/writer.h"
#include "data/perturbation/context_table.h"
#include "data/perturbation/grammar.h"
#include "data/preprocess/gene_names.h"
#include "data/preprocess/preprocess.h"
#include "runtime/predictor.h"
#include "train/dataset.h"
#include "train/evaluation/predicted_file.h"
#include "train/table_view.h"

namespace brenier::apps {
namespace predict_detail {

struct Options {
  std::string model;
  std::string input;
  std::string perturbation;
  std::vector<std::string> doses;
  std::vector<std::string> set;
  std::string output;
  std::string missing_genes = "error";
  double max_missing = runtime::MissingGeneRule{}.max_share;
  bool all_cells = false;
  bool json = false;
};

std::map<std::string, std::string> parse_covariates(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> covariates;
  for (const auto& text : texts) {
    const auto split = text.find('=');
    if (split == std::string::npos || split == 0) {
      throw Error(ErrorKind::kUsage, "a covariate is given as column=value").at("--set").found("'" + text + "'");
    }
    covariates[text.substr(0, split)] = text.substr(split + 1);
  }
  return covariates;
}

// The populations to be moved: cells of equal covariates together, because a context is described by its own control
// cells.
std::map<Context, std::vector<std::int64_t>> populations(const data::CellTable& table,
                                                         const brenier::train::ExperimentSettings& settings,
                                                         const Options& options) {
  const auto fixed = parse_covariates(options.set);
  const auto resolved = data::resolve_preset(settings.data.perturbation);
  std::map<Context, std::vector<std::int64_t>> groups;
  std::vector<std::pair<std::string, std::vector<std::optional<std::string>>>> columns;
  for (const auto& name : resolved.covariates) {
    if (!fixed.contains(name) && table.obs.has(name)) columns.emplace_back(name, table.obs.labels(name));
  }
  std::vector<std::optional<std::string>> labels;
  if (!options.all_cells && table.obs.has(resolved.perturbation_column))
    labels = table.obs.labels(resolved.perturbation_column);
  const auto is_control = [&](std::size_t i) {
    return labels.empty() || (labels[i] && std::find(resolved.controls.begin(), resolved.controls.end(), *labels[i]) !=
                                               resolved.controls.end());
  };
  for (std::int64_t i = 0; i < table.cells(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    if (!is_control(row)) continue;
    Context context{{}, fixed};
    for (const auto& [name, values] : columns) {
      if (values[row]) context.covariates[name] = *values[row];
    }
    groups[context].push_back(i);
  }
  if (groups.empty()) {
    throw Error(ErrorKind::kData, "the input has no control cells to move")
        .at("obs column '" + resolved.perturbation_column + "' of " + options.input)
        .expected("one of " + quoted_list(resolved.controls))
        .hint("--all-cells moves every cell of the file");
  }
  return groups;
}

std::vector<Action> asked_actions(const Options& options, const brenier::train::ExperimentSettings& settings) {
  const auto resolved = data::resolve_preset(settings.data.perturbation);
  auto actions = options.doses.empty() ? data::parse_stated_actions(options.perturbation, resolved).actions
                                       : data::parse_actions(options.perturbation, options.doses, resolved);
  if (actions.empty()) {
    throw Error(ErrorKind::kUsage, "a prediction needs a perturbation")
        .at("--perturbation")
        .found("'" + options.perturbation + "'");
  }
  return actions;
}

// The model's genes that the input lacks. Throws when the rule does not allow them, or allows not so many of those over
// which the total of a cell is taken.
std::vector<std::string> missing_genes(const data::CellTable& table, const runtime::ModelInfo& info,
                                       const runtime::MissingGeneRule& rule) {
  auto names = table.var.index;
  (void)data::make_names_unique(names);  // as the preprocessing does
  auto missing = runtime::align_genes(info.genes, names, rule).missing;
  const auto constants = runtime::input_preprocess(info);
  if (constants.target_sum) {
    (void)with_context("genes over which the total count of a cell is taken",
                       [&] { return runtime::align_genes(constants.total_genes, names, rule); });
  }
  return missing;
}

struct Columns {
  std::vector<std::int64_t> numbers;
  std::vector<std::string> names;
};

// The columns of the preprocessed table that hold cells' values, not the zeros of missing genes.
Columns present_columns(const data::CellTable& table, const std::vector<std::string>& missing) {
  const std::set<std::string> absent(missing.begin(), missing.end());
  Columns columns;
  for (std::size_t g = 0; g < table.var.index.size(); ++g) {
    if (absent.contains(table.var.index[g])) continue;
    columns.numbers.push_back(static_cast<std::int64_t>(g));
    columns.names.push_back(table.var.index[g]);
  }
  return columns;
}

void predict(const Options& options) {
  TerminalReporter reporter;
  const auto predictor = runtime::Predictor::load(options.model);
  const auto& info = predictor.info();
  auto settings = brenier::train::experiment_from_json(info.config, options.model);
  apply_compute(settings.compute);
  settings.data.path = options.input;
  auto table = brenier::train::read_table(settings.data);
  const auto state = data::preprocess_state_from_json(info.preprocess);
  const runtime::MissingGeneRule rule{runtime::missing_genes_from_text(options.missing_genes), options.max_missing};
  const auto missing = with_context(options.input, [&] { return missing_genes(table, info, rule); });
  if (!missing.empty()) {
    reporter.warn(std::to_string(missing.size()) + " of " + std::to_string(info.genes.size()) +
                  " genes of the model are not in the input and count as " +
                  (rule.action == runtime::MissingGenes::kMean ? "their training mean: " : "0: ") +
                  quoted_list(missing, 10));
  }
  const auto applied =
      with_context(options.input, [&] { return data::apply_preprocess(state, table, data::MissingGenes::kZero); });
  for (const auto& warning : applied.warnings) reporter.warn(warning);
  const auto present = present_columns(table, missing);

  const auto actions = asked_actions(options, settings);
  const auto groups = populations(table, settings, options);
  std::vector<std::int64_t> kept;
  data::DenseMatrix values{0, table.genes(), {}};
  nlohmann::ordered_json summary = nlohmann::ordered_json::array();
  for (const auto& [control, rows] : groups) {
    const auto context = make_context(actions, control.covariates);
    for (const auto& doubt : predictor.doubts(context)) reporter.warn(doubt);
    for (const auto& unknown : predictor.unknown_covariates(context)) {
      reporter.warn(unknown + " was not in training: the model goes by its control cells");
    }
    const auto moved = with_context("context " + to_string(context), [&] {
                         auto cells = brenier::train::dense_rows(table, rows);
                         if (!missing.empty()) cells = cells.index_select(1, at::tensor(present.numbers, at::kLong));
                         return predictor.predict(cells, present.names, context, {.missing_genes = rule});
                       }).contiguous();
    kept.insert(kept.end(), rows.begin(), rows.end());
    const auto* first = moved.const_data_ptr<float>();
    values.values.insert(values.values.end(), first, first + moved.numel());
    summary.push_back({{"context", to_json(context)}, {"cells", rows.size()}});
  }
  values.rows = static_cast<std::int64_t>(kept.size());

  data::CellTable result;
  result.obs = table.obs.select_rows(kept);
  result.var = table.var;
  result.x = data::CellMatrix(std::move(values));
  const auto label = actions_to_string(Context{actions, {}});
  result.obs.set(brenier::train::kPredictedPerturbation, data::StringColumn(kept.size(), label));
  data::write_h5ad(result, options.output, {.compression = data::Compression::kGzip});
  if (options.json) {
    print_json({{"output", options.output},
                {"cells", kept.size()},
                {"genes", result.genes()},
                {"missing_genes", missing},
                {"contexts", std::move(summary)}});
  } else {
    print(options.output + ": " + std::to_string(kept.size()) + " cells under " + label + ", " +
          std::to_string(groups.size()) + " population(s)\n");
  }
}

}  // namespace predict_detail

void add_predict(CLI::App& root) {
  auto options = std::make_shared<predict_detail::Options>();
  auto* app = root.add_subcommand("predict", "Predict the control cells of a file under a perturbation");
  app->add_option("model", options->model, "The model file (.pt)")->required();
  app->add_option("-i,--input", options->input, "Cells in the form of the training data (.h5ad)")->required();
  app->add_option("-p,--perturbation", options->perturbation,
                  "The perturbation, as in the training data: A, A+B, A@0.5")
      ->required();
  app->add_option("-d,--dose", options->doses, "Dose: one for all actions, or one an action in turn (repeatable)")
      ->allow_extra_args(false);
  app->add_option("--set", options->set, "Covariate of all cells, instead of the column: cell_type=B (repeatable)")
      ->type_name("COLUMN=VALUE")
      ->allow_extra_args(false);
  app->add_option("-o,--output", options->output, "The file to write (.h5ad)")->required();
  app->add_option("--missing-genes", options->missing_genes,
                  "Genes of the model that the input lacks: error, zero (not expressed) or mean (of the unperturbed "
                  "training cells)")
      ->check(CLI::IsMember({"error", "zero", "mean"}))
      ->capture_default_str();
  app->add_option("--max-missing", options->max_missing, "More missing genes than this share are always an error")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app->add_flag("--all-cells", options->all_cells, "Move every cell of the file, not only those labelled as control");
  app->add_flag("--json", options->json, "Print what was done as JSON");
  app->footer(
      "Examples:\n"
      "  brenier predict runs/kang_condot/model.pt --input kang.h5ad --perturbation stimulated --output "
      "predicted.h5ad\n"
      "  brenier predict model.pt -i cells.h5ad -p A+B --dose 0.5 --set cell_type=NK -o out.h5ad");
  app->callback([options] { predict_detail::predict(*options); });
}

}  // namespace brenier::apps
