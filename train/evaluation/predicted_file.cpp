#include "train/evaluation/predicted_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "data/perturbation/context_table.h"
#include "data/table/cell_checks.h"
#include "train/dataset.h"
#include "train/table_view.h"

namespace brenier::train {
namespace predicted_file_detail {

using Rows = std::vector<std::int64_t>;

data::CellTable read(const PredictedFileSettings& settings, const std::string& path) {
  DataSettings data;
  data.path = path;
  data.matrix = settings.matrix;
  data.gene_column = settings.gene_column;
  data::CellTable table = read_table(data);
  with_context(path, [&] { data::check_finite(table); });
  return table;
}

std::unordered_map<std::string, std::int64_t> columns_by_name(const data::CellTable& table) {
  std::unordered_map<std::string, std::int64_t> columns;
  for (std::int64_t g = 0; g < table.genes(); ++g) {
    const std::string& name = table.var.index[static_cast<std::size_t>(g)];
    if (columns.emplace(name, g).second) continue;
    throw Error(ErrorKind::kData, "a gene name occurs twice, so genes cannot be aligned by name")
        .at("var of " + table.source)
        .found("'" + name + "'")
        .expected("every gene once")
        .hint("--gene-column names a column of var with other names");
  }
  return columns;
}

// Brings both tables to the genes they have in common, in the order of the truth.
void align_genes(data::CellTable& predicted, data::CellTable& truth, Reporter& reporter) {
  const auto of_predicted = columns_by_name(predicted);
  (void)columns_by_name(truth);
  Rows keep_predicted;
  Rows keep_truth;
  std::vector<std::string> missing;
  for (std::int64_t g = 0; g < truth.genes(); ++g) {
    const std::string& name = truth.var.index[static_cast<std::size_t>(g)];
    if (const auto found = of_predicted.find(name); found != of_predicted.end()) {
      keep_truth.push_back(g);
      keep_predicted.push_back(found->second);
    } else {
      missing.push_back(name);
    }
  }
  if (keep_truth.empty()) {
    throw Error(ErrorKind::kData, "the two files have no gene in common")
        .at(predicted.source + " and " + truth.source)
        .found(quoted_list(predicted.var.index, 3) + " and " + quoted_list(truth.var.index, 3))
        .hint("--gene-column names a column of var with other names");
  }
  if (!missing.empty()) {
    reporter.warn(std::to_string(missing.size()) + " of " + std::to_string(truth.genes()) +
                  " genes are not in the predicted file and are left out: " + quoted_list(missing, 5));
  }
  const auto unused = predicted.genes() - std::ssize(keep_predicted);
  if (unused > 0) {
    reporter.warn(std::to_string(unused) + " of " + std::to_string(predicted.genes()) +
                  " genes of the predicted file are not in the true file and are left out");
  }
  if (missing.empty() && unused == 0 && std::is_sorted(keep_predicted.begin(), keep_predicted.end())) return;
  predicted = data::select_genes(predicted, keep_predicted);
  truth = data::select_genes(truth, keep_truth);
}

// Contexts of a file that may be without control cells: labelled with one more cell, a control, that is dropped again.
data::ContextTable label_any(const data::CellTable& table, const data::PerturbationSettings& settings) {
  const auto resolved = data::resolve_preset(settings);
  data::CellTable labels;
  labels.source = table.source;
  labels.obs.index = table.obs.index;
  labels.obs.index.emplace_back("(control)");
  const auto extend = [&](const std::string& name, const std::string& last) {
    if (!table.obs.has(name)) {
      const auto& optional = resolved.optional_columns;
      if (std::find(optional.begin(), optional.end(), name) != optional.end()) return;
      with_context(table.source + ": obs", [&] { (void)table.obs.column(name); });  // says what there is
    }
    data::NullableStringColumn column;
    for (const auto& value : table.obs.labels(name)) {
      column.values.push_back(value.value_or(""));
      column.missing.push_back(!value.has_value());
    }
    column.values.push_back(last);
    column.missing.push_back(false);
    labels.obs.set(name, std::move(column));
  };
  extend(resolved.perturbation_column, resolved.controls.front());
  for (const auto& name : resolved.dose_columns) extend(name, "1");
  for (const auto& name : resolved.covariates) extend(name, "(none)");
  data::ContextTable contexts = data::label_contexts(labels, settings);
  const std::int64_t extra = table.cells();
  for (std::size_t id = 0; id < contexts.contexts.size(); ++id) std::erase(contexts.rows[id], extra);
  contexts.context_of.pop_back();
  return contexts;
}

double largest(const data::CellTable& table) {
  const auto values = table.x.values();
  return values.empty() ? 0.0 : static_cast<double>(*std::max_element(values.begin(), values.end()));
}

void warn_of_scale(const data::CellTable& predicted, const data::CellTable& truth, Reporter& reporter) {
  constexpr double kCounts = 30.0;  // no logarithm of counts reaches it
  const double p = largest(predicted);
  const double t = largest(truth);
  if ((p > kCounts) == (t > kCounts)) return;
  reporter.warn("the values of the two files do not look alike: the largest is " + std::to_string(p) +
                " in the predicted file and " + std::to_string(t) + " in the true one; is one of them in logarithms?");
}

struct Common {
  std::vector<Context> scored;
  std::int64_t truth_only = 0;
};

Common common_contexts(const data::ContextTable& predicted, const data::ContextTable& truth,
                       const PredictedFileSettings& settings, Reporter& reporter) {
  Common common;
  std::vector<std::string> strangers;
  std::vector<std::string> names[2];
  for (const auto id : truth.treated()) {
    const Context& context = truth.contexts[static_cast<std::size_t>(id)];
    names[1].push_back(to_string(context));
    const auto found = predicted.find(context);
    if (found >= 0 && !predicted.rows[static_cast<std::size_t>(found)].empty()) {
      common.scored.push_back(context);
    } else {
      ++common.truth_only;
    }
  }
  for (const auto id : predicted.treated()) {
    const Context& context = predicted.contexts[static_cast<std::size_t>(id)];
    names[0].push_back(to_string(context));
    if (truth.find(context) < 0) strangers.push_back(to_string(context));
  }
  if (common.scored.empty()) {
    throw Error(ErrorKind::kData, "the two files have no condition in common")
        .at(settings.predicted + " and " + settings.truth)
        .found(quoted_list(names[0], 5) + " and " + quoted_list(names[1], 5))
        .expected("the same labels in column '" + truth.settings.perturbation_column + "' and in the covariates");
  }
  if (!strangers.empty()) {
    reporter.warn(
        std::to_string(strangers.size()) +
        " conditions of the predicted file are not in the true file and are left out: " + quoted_list(strangers, 5));
  }
  return common;
}

Method file_method(const data::CellTable& table, const data::ContextTable& contexts,
                   const PredictedFileSettings& settings) {
  Method method;
  method.name = "model";
  method.predict = [&](const ScoredContext& scored) {
    return dense_rows(table, contexts.rows[static_cast<std::size_t>(contexts.at(scored.context))]);
  };
  if (!settings.own_control) return method;
  method.control = [&](const ScoredContext& scored) {
    const auto id = contexts.find(scored.context.control());
    if (id < 0 || contexts.rows[static_cast<std::size_t>(id)].empty()) {
      throw Error(ErrorKind::kData, "the predicted file has no control cells of a condition")
          .at(settings.predicted)
          .found("none of " + to_string(scored.context.control()))
          .expected("control cells with the same covariates, as --own-control asks for");
    }
    return dense_rows(table, contexts.rows[static_cast<std::size_t>(id)]);
  };
  return method;
}

// The scored contexts are held out; everything else of the true file is there to fit baselines on.
data::Split split_of(const data::ContextTable& contexts, const std::vector<Context>& scored) {
  data::Split split;
  split.kind = "files";
  split.held_out = scored;
  std::sort(split.held_out.begin(), split.held_out.end());
  for (std::size_t i = 0; i < contexts.context_of.size(); ++i) {
    const auto id = contexts.context_of[i];
    if (id < 0) continue;
    const bool test = split.is_held_out(contexts.contexts[static_cast<std::size_t>(id)]);
    (test ? split.test : split.train).push_back(static_cast<std::int64_t>(i));
  }
  return split;
}

}  // namespace predicted_file_detail

Evaluation evaluate_predicted_file(const PredictedFileSettings& settings, Reporter& reporter) {
  namespace detail = predicted_file_detail;
  data::CellTable predicted = detail::read(settings, settings.predicted);
  if (predicted.obs.has(kPredictedPerturbation)) {
    predicted.obs.set(data::resolve_preset(settings.perturbation).perturbation_column,
                      predicted.obs.column(kPredictedPerturbation));
  }
  PreparedData prepared;
  prepared.table = detail::read(settings, settings.truth);
  detail::align_genes(predicted, prepared.table, reporter);
  detail::warn_of_scale(predicted, prepared.table, reporter);
  const auto of_predicted = detail::label_any(predicted, settings.perturbation);
  prepared.contexts = data::label_contexts(prepared.table, settings.perturbation);
  for (const auto& warning : prepared.contexts.warnings) reporter.warn("true file: " + warning);
  for (const auto& warning : of_predicted.warnings) reporter.warn("predicted file: " + warning);
  const auto common = detail::common_contexts(of_predicted, prepared.contexts, settings, reporter);
  prepared.split = detail::split_of(prepared.contexts, common.scored);

  std::vector<Method> methods = {detail::file_method(predicted, of_predicted, settings)};
  std::vector<Baseline> baselines;
  const TableView view(prepared);
  if (common.truth_only > 0) {
    reporter.info("baselines are fitted on the " + std::to_string(common.truth_only) +
                  " conditions that only the true file has");
    baselines = fit_baselines(view, settings.evaluate, settings.seed);
    for (const Baseline& baseline : baselines) methods.push_back(method_of(baseline));
  } else {
    reporter.warn(
        "every condition of the true file is predicted, so no baseline but identity can be fitted; a true file "
        "that also holds the conditions trained on gives all of them");
    methods.push_back({"identity", [](const ScoredContext& scored) { return scored.control; }, {}});
  }
  auto evaluation = evaluate(methods, held_out_contexts(prepared), prepared.table.var.index, settings.evaluate,
                             settings.seed, reporter);
  evaluation.task = "perturbation";
  evaluation.split = prepared.split.kind;
  return evaluation;
}

}  // namespace brenier::train
