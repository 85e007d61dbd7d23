#include "train/evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/random.h"
#include "core/shape.h"
#include "train/metric/metric.h"

namespace brenier::train {
namespace evaluate_detail {

using Rows = std::vector<std::int64_t>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

at::Tensor take(const at::Tensor& cells, const Rows& rows) {
  return cells.index_select(0, at::tensor(rows, cells.options().dtype(at::kLong)));
}

// Row numbers to compare pairwise: all, or `limit` drawn without replacement, ascending.
Rows limited(std::int64_t n, std::int64_t limit, RandomStream& random) {
  if (n <= limit) limit = n;
  Rows rows = random.sample(n, limit);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// The cells of a context that can be scored: at least one, finite, in the genes of the model.
void check_cells(const at::Tensor& cells, const std::string& name, std::int64_t genes) {
  check_shape(cells, name, "[N, G]", {{"G", genes}});
  check_floating(cells, name);
  if (cells.size(0) < 1) {
    throw Error(ErrorKind::kData, "a context without " + name + " cells cannot be scored").expected("at least one");
  }
  check_finite(cells, name);
}

// The metrics of one context, with the choices that all methods share: genes, and the rows of pairwise metrics.
class ContextScorer final {
 public:
  ContextScorer(const ScoredContext& scored, const std::vector<Metric>& metrics, const EvaluateSettings& settings,
                std::uint64_t seed)
      : scored_(scored),
        metrics_(metrics),
        settings_(settings),
        random_(seed, "evaluation/" + to_string(scored.context)),
        control_rows_(limited(scored.control.size(0), settings.pairwise_cells, random_)),
        truth_rows_(limited(scored.truth.size(0), settings.pairwise_cells, random_)) {
    const Population control("control", scored.control);
    const Population truth("truth", scored.truth);
    const at::Tensor near_control = take(scored.control, control_rows_);
    const at::Tensor near_truth = take(scored.truth, truth_rows_);
    for (const Metric& metric : metrics_) {
      if (std::any_of(shared_.begin(), shared_.end(), [&](const Shared& s) { return s.same(metric); })) continue;
      const at::Tensor genes = metric.choose_genes(control, truth);
      // The control stands in for a prediction until with_predicted() replaces it.
      const Comparison comparison = metric.pairwise ? Comparison(near_control, near_control, near_truth)
                                                    : Comparison(scored.control, scored.control, scored.truth);
      const bool restricted = genes.defined() && genes.numel() > 0;
      shared_.push_back({metric.genes, metric.pairwise, genes, restricted ? comparison.with_genes(genes) : comparison});
    }
  }

  Scores score(const at::Tensor& predicted) const {
    const at::Tensor near = take(predicted, control_rows_);
    return compute([&](const Shared& shared) {
      const at::Tensor& cells = shared.pairwise ? near : predicted;
      return shared.comparison.with_predicted(shared.genes.defined() ? cells.index_select(1, shared.genes) : cells);
    });
  }

  Scores ceiling() {
    const std::int64_t n = scored_.truth.size(0);
    const bool defined = n >= 2;
    Scores mean;
    for (const Metric& metric : metrics_) mean.emplace_back(metric.name, defined ? 0.0 : kNaN);
    if (!defined) return mean;
    for (std::int64_t repeat = 0; repeat < settings_.ceiling_repeats; ++repeat) {
      const auto [first, second] = settings_.ceiling == "split_half" ? halves(n) : resamples(n);
      const auto [near_first, near_second] = resamples(static_cast<std::int64_t>(truth_rows_.size()));
      // Structured bindings cannot be captured.
      const at::Tensor rows[] = {first, second, near_first, near_second};
      const Scores scores = compute([&rows](const Shared& shared) {
        if (shared.pairwise) return shared.comparison.among_truth(rows[2], rows[3]);
        const at::Tensor& truth = shared.comparison.truth().cells();
        return Comparison(shared.comparison.control().cells(), truth.index_select(0, rows[0]),
                          truth.index_select(0, rows[1]));
      });
      for (std::size_t i = 0; i < mean.size(); ++i) mean[i].second += scores[i].second;
    }
    for (auto& [name, value] : mean) value /= static_cast<double>(settings_.ceiling_repeats);
    return mean;
  }

 private:
  // What methods share for one choice of genes and rows.
  struct Shared {
    GeneChoice choice;
    bool pairwise;
    at::Tensor genes;  // undefined: all
    Comparison comparison;
    [[nodiscard]] bool same(const Metric& metric) const {
      return pairwise == metric.pairwise && choice.kind == metric.genes.kind && choice.count == metric.genes.count;
    }
    [[nodiscard]] bool no_genes() const { return genes.defined() && genes.numel() == 0; }
  };

  // make(shared) gives the comparison, once for all metrics of one choice of genes and rows.
  template <class Make>
  Scores compute(const Make& make) const {
    std::vector<std::optional<Comparison>> made(shared_.size());
    Scores scores;
    for (const Metric& metric : metrics_) {
      const auto it = std::find_if(shared_.begin(), shared_.end(), [&](const Shared& s) { return s.same(metric); });
      if (it->no_genes()) {  // no t score without variance
        scores.emplace_back(metric.name, kNaN);
        continue;
      }
      auto& comparison = made[static_cast<std::size_t>(it - shared_.begin())];
      if (!comparison) comparison.emplace(make(*it));
      scores.emplace_back(metric.name, metric.compute(*comparison));
    }
    return scores;
  }

  std::pair<at::Tensor, at::Tensor> halves(std::int64_t n) {
    const at::Tensor order = at::tensor(random_.permutation(n), at::kLong);
    return {order.narrow(0, 0, n / 2), order.narrow(0, n / 2, n - n / 2)};
  }

  std::pair<at::Tensor, at::Tensor> resamples(std::int64_t n) {
    const auto draw = [&] {
      Rows rows(static_cast<std::size_t>(n));
      for (std::int64_t& row : rows) row = random_.below(n);
      return at::tensor(rows, at::kLong);
    };
    const at::Tensor first = draw();
    return {first, draw()};
  }

  const ScoredContext& scored_;
  const std::vector<Metric>& metrics_;
  const EvaluateSettings& settings_;
  RandomStream random_;
  Rows control_rows_;
  Rows truth_rows_;
  std::vector<Shared> shared_;
};

at::Tensor checked_prediction(const models::Model& model, const ScoredContext& scored) {
  const at::Tensor predicted = model.predict(scored.control, scored.context);
  const std::string name = "prediction of model '" + model.kind() + "'";
  check_shape(predicted, name, "[N, G]", {{"N", scored.control.size(0)}, {"G", scored.control.size(1)}},
              ErrorKind::kDefect);
  check_finite(predicted, name, ErrorKind::kNumerical);
  return predicted;
}

}  // namespace evaluate_detail

void EvaluateSettings::describe(Fields& fields) {
  fields.texts("metrics", metrics,
               "Metrics to compute, in the order they are shown; '_top<k>' restricts one to the k most changed genes, "
               "'_tscore<k>' to the k most significant ones");
  fields.integer("pairwise_cells", pairwise_cells, Range::at_least(2),
                 "Most cells of each population in metrics over all pairs of cells (mmd, energy_distance)");
  fields.choice("ceiling", ceiling, {"split_half", "bootstrap"},
                "Noise ceiling: one half of the true cells against the other, or two resamples with replacement");
  fields.integer("ceiling_repeats", ceiling_repeats, Range::at_least(1), "Random splits the ceiling is averaged over");
  fields.integer("bootstrap", bootstrap, Range::at_least(0),
                 "Resamples of the contexts behind the 95 % intervals; 0: no intervals");
  fields.boolean(
      "true_maps", true_maps,
      "The file is one of 'brenier simulate gaussians': compare with its true maps too (l2_uvp, in percent)");
  fields.require("metrics", !metrics.empty(), "at least one metric");
  for (const std::string& name : metrics) {
    fields.require("metrics", is_metric(name),
                   "unknown metric '" + name + "'; one of " + quoted_list(metric_names()) +
                       ", or one of them with '_top<k>' or '_tscore<k>', k >= 2");
    fields.require("metrics", std::count(metrics.begin(), metrics.end(), name) == 1,
                   "'" + name + "' is named more than once");
  }
}

Evaluation evaluate(const models::Model& model, const std::vector<Baseline>& baselines,
                    const std::vector<ScoredContext>& contexts, const EvaluateSettings& settings, std::uint64_t seed,
                    Reporter& reporter) {
  const at::NoGradGuard no_grad;
  std::vector<Metric> metrics;
  for (const std::string& name : settings.metrics) metrics.push_back(make_metric(name));
  Evaluation evaluation;
  reporter.begin("evaluate", static_cast<std::int64_t>(contexts.size()), 0);
  for (const ScoredContext& scored : contexts) {
    const std::string name = to_string(scored.context);
    with_context("evaluating context '" + name + "'", [&] {
      const auto genes = static_cast<std::int64_t>(model.task().genes.size());
      evaluate_detail::check_cells(scored.control, "control", genes);
      evaluate_detail::check_cells(scored.truth, "true", genes);
      evaluate_detail::ContextScorer scorer(scored, metrics, settings, seed);
      ContextEvaluation result{scored.context, scored.held_out, scored.control.size(0), scored.truth.size(0), {}};
      result.scores.emplace_back("model", scorer.score(evaluate_detail::checked_prediction(model, scored)));
      for (const Baseline& baseline : baselines) {
        result.scores.emplace_back(baseline.name,
                                   scorer.score(evaluate_detail::checked_prediction(*baseline.model, scored)));
      }
      result.scores.emplace_back("ceiling", scorer.ceiling());
      evaluation.contexts.push_back(std::move(result));
    });
    reporter.advance(static_cast<std::int64_t>(evaluation.contexts.size()), name);
  }
  reporter.end();
  summarise(evaluation, settings.bootstrap, seed);
  return evaluation;
}

}  // namespace brenier::train
