#include "train/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/shape.h"
#include "train/evaluation/across_scores.h"
#include "train/evaluation/action_count_scores.h"
#include "train/evaluation/context_scorer.h"
#include "train/evaluation/log_normalize.h"
#include "train/metric/metric.h"
#include "train/metric/metric_sets.h"

namespace brenier::train {
namespace evaluate_detail {

// The cells of a context that can be scored: at least one, finite, in the genes of the model.
void check_cells(const at::Tensor& cells, const std::string& name, std::int64_t genes) {
  check_shape(cells, name, "[N, G]", {{"G", genes}});
  check_floating(cells, name);
  if (cells.size(0) < 1) {
    throw Error(ErrorKind::kData, "a context without " + name + " cells cannot be scored").expected("at least one");
  }
  check_finite(cells, name);
}

at::Tensor checked_prediction(const models::Model& model, const ScoredContext& scored) {
  const at::Tensor predicted = model.predict(scored.control, scored.context);
  const std::string name = "prediction of model '" + model.kind() + "'";
  check_shape(predicted, name, "[N, G]", {{"N", scored.control.size(0)}, {"G", scored.control.size(1)}},
              ErrorKind::kDefect);
  check_finite(predicted, name, ErrorKind::kNumerical);
  return predicted;
}

// Logarithms beside cells of the data would be compared as if they were the same.
void check_scale(const std::vector<Method>& methods, const EvaluateSettings& settings) {
  for (const Method& method : methods) {
    if (!method.log_normalized || settings.log_normalize) continue;
    throw Error(ErrorKind::kDefect, "method '" + method.name + "' predicts log-normalised cells")
        .expected("evaluate.log_normalize, with which it was fitted");
  }
}

}  // namespace evaluate_detail

void EvaluateSettings::describe(Fields& fields) {
  fields.texts(
      "metrics", metrics,
      "Metrics to compute, in the order they are shown, and sets of them (default, cell_eval, perturbench, cellot, "
      "gears, all); '_top<k>' restricts one to the k most changed genes, '_tscore<k>' to the k most "
      "significant ones");
  fields.integer("pairwise_cells", pairwise_cells, Range::at_least(2),
                 "Most cells of each population in metrics over all pairs of cells (mmd, energy_distance)");
  fields.choice("ceiling", ceiling, {"split_half", "bootstrap"},
                "Noise ceiling: one half of the true cells against the other, or two resamples with replacement");
  fields.integer("ceiling_repeats", ceiling_repeats, Range::at_least(1), "Random splits the ceiling is averaged over");
  fields.integer("bootstrap", bootstrap, Range::at_least(0),
                 "Resamples of the contexts behind the 95 % intervals; 0: no intervals");
  fields.integer("cell_bootstrap", cell_bootstrap, Range::at_least(0),
                 "Resamples of the cells behind an interval for each score of a context; 0: no such intervals");
  fields.integer("cell_level", cell_level, Range::between(50.0, 99.0), "Level of those intervals, in percent");
  fields.boolean(
      "true_maps", true_maps,
      "The file is one of 'brenier simulate gaussians': compare with its true maps too (l2_uvp, in percent)");
  fields.boolean(
      "log_normalize", log_normalize,
      "For models of counts: control, predicted and true cells are put to log(1 + 1e4 x / total) before every "
      "metric, so that library sizes do not decide the scores; negative predictions count as 0, and baselines are "
      "fitted on such cells");
  fields.nested("mechanisms", mechanisms, "Latent mechanisms: their scores, and actions of held-out contexts");
  fields.require("metrics", !metrics.empty(), "at least one metric");
  for (const std::string& name : metrics) {
    fields.require(
        "metrics", is_metric(name) || is_metric_set(name),
        "unknown metric '" + name + "'; a set (" + quoted_list(metric_set_names()) + "), or " + allowed_metrics());
    fields.require("metrics", std::count(metrics.begin(), metrics.end(), name) == 1,
                   "'" + name + "' is named more than once");
  }
  fields.require("log_normalize", !log_normalize || !true_maps,
                 "true maps are of the data as they are: one of log_normalize and true_maps");
}

Method method_of(std::string name, const models::Model& model) {
  return {std::move(name),
          [&model](const ScoredContext& scored) { return evaluate_detail::checked_prediction(model, scored); },
          {}};
}

Method method_of(const Baseline& baseline) {
  Method method = method_of(baseline.name, *baseline.model);
  method.log_normalized = baseline.log_normalized;
  return method;
}

Evaluation evaluate(const models::Model& model, const std::vector<Baseline>& baselines,
                    const std::vector<ScoredContext>& contexts, const EvaluateSettings& settings, std::uint64_t seed,
                    Reporter& reporter) {
  std::vector<Method> methods = {method_of("model", model)};
  for (const Baseline& baseline : baselines) methods.push_back(method_of(baseline));
  return evaluate(methods, contexts, model.task().genes, settings, seed, reporter);
}

Evaluation evaluate(const std::vector<Method>& methods, const std::vector<ScoredContext>& contexts,
                    const std::vector<std::string>& genes, const EvaluateSettings& settings, std::uint64_t seed,
                    Reporter& reporter) {
  const at::NoGradGuard no_grad;
  evaluate_detail::check_scale(methods, settings);
  std::vector<Metric> metrics;
  for (const std::string& name : expand_metrics(settings.metrics)) metrics.push_back(make_metric(name));
  const bool across =
      std::any_of(metrics.begin(), metrics.end(), [](const Metric& m) { return m.scope != Scope::kContext; });
  ProfileNeeds needs;
  for (const Metric& metric : metrics) {
    needs.energy = needs.energy || metric.needs.energy;
    needs.significant = needs.significant || metric.needs.significant;
  }
  Evaluation evaluation;
  evaluation.cell_level = settings.cell_level;
  std::vector<std::vector<ContextProfile>> profiles(methods.size());
  std::vector<std::vector<ContextProfile>> ceilings(static_cast<std::size_t>(across ? settings.ceiling_repeats : 0));
  reporter.begin("evaluate", static_cast<std::int64_t>(contexts.size()), 0);
  for (const ScoredContext& scored : contexts) {
    const std::string name = to_string(scored.context);
    with_context("evaluating context '" + name + "'", [&] {
      const auto width = static_cast<std::int64_t>(genes.size());
      evaluate_detail::check_cells(scored.control, "control", width);
      evaluate_detail::check_cells(scored.truth, "true", width);
      const ScoredContext shown = settings.log_normalize ? log_normalized(scored) : scored;
      ContextScorer scorer(shown, metrics, settings, seed);
      const auto targets = target_genes(scored.context, genes);
      ContextEvaluation result{scored.context,  scored.held_out, scored.control.size(0), scored.truth.size(0), {}, {},
                               scored.n_learned};
      for (std::size_t i = 0; i < methods.size(); ++i) {
        const ScoredContext& given = methods[i].log_normalized ? shown : scored;
        Prediction prediction{methods[i].predict(given), methods[i].control ? methods[i].control(given) : at::Tensor()};
        evaluate_detail::check_cells(prediction.cells, "predicted", width);
        if (prediction.control.defined()) evaluate_detail::check_cells(prediction.control, "predicted control", width);
        if (settings.log_normalize && !methods[i].log_normalized) {
          prediction.cells = log_normalized_prediction(prediction.cells);
          if (prediction.control.defined())
            prediction.control = log_normalized(prediction.control, "predicted control");
        }
        result.scores.emplace_back(methods[i].name, scorer.score(prediction));
        if (settings.cell_bootstrap > 0) {
          result.intervals.emplace_back(methods[i].name, scorer.intervals(prediction, result.scores.back().second));
        }
        if (across) profiles[i].push_back(scorer.profile(prediction, targets, needs));
      }
      result.scores.emplace_back("ceiling", scorer.ceiling());
      for (std::size_t repeat = 0; repeat < ceilings.size(); ++repeat) {
        ceilings[repeat].push_back(scorer.ceiling_profile(static_cast<std::int64_t>(repeat), targets, needs));
      }
      evaluation.contexts.push_back(std::move(result));
    });
    reporter.advance(static_cast<std::int64_t>(evaluation.contexts.size()), name);
  }
  reporter.end();
  std::vector<MethodProfiles> all;
  for (std::size_t i = 0; i < methods.size(); ++i) all.push_back({methods[i].name, {std::move(profiles[i])}});
  all.push_back({"ceiling", std::move(ceilings)});
  if (across) score_across(evaluation, all, metrics);
  summarise(evaluation, settings.bootstrap, seed);
  if (across) summarise_across(evaluation, all, metrics);
  if (std::any_of(metrics.begin(), metrics.end(), [](const Metric& m) { return m.name == "mmd_10kernels"; })) {
    summarise_by_action_count(evaluation, "mmd_10kernels", "mmd", settings.bootstrap, seed);
  }
  return evaluation;
}

}  // namespace brenier::train
