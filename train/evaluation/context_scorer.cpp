#include "train/evaluation/context_scorer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace brenier::train {
namespace context_scorer_detail {

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

at::Tensor draw(std::int64_t n, RandomStream& random) {
  Rows rows(static_cast<std::size_t>(n));
  for (std::int64_t& row : rows) row = random.below(n);
  return at::tensor(rows, at::kLong);
}

std::pair<at::Tensor, at::Tensor> halves(std::int64_t n, RandomStream& random) {
  const at::Tensor order = at::tensor(random.permutation(n), at::kLong);
  return {order.narrow(0, 0, n / 2), order.narrow(0, n / 2, n - n / 2)};
}

std::pair<at::Tensor, at::Tensor> resamples(std::int64_t n, RandomStream& random) {
  const at::Tensor first = draw(n, random);
  return {first, draw(n, random)};
}

// Rows of the true cells that stand for prediction and truth in the noise ceiling.
std::pair<at::Tensor, at::Tensor> ceiling_rows(const EvaluateSettings& settings, std::int64_t n, RandomStream& random) {
  return settings.ceiling == "split_half" && n >= 2 ? halves(n, random) : resamples(n, random);
}

// Linear interpolation between order statistics; values sorted and not empty.
double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// Percentiles of the replicates, moved so that their mean is the score.
std::pair<double, double> centred_interval(std::vector<double> replicates, double score, double level) {
  std::erase_if(replicates, [](double value) { return std::isnan(value); });
  if (replicates.size() < 2 || std::isnan(score)) return {kNaN, kNaN};
  std::sort(replicates.begin(), replicates.end());
  double mean = 0.0;
  for (const double value : replicates) mean += value / static_cast<double>(replicates.size());
  const double tail = 0.5 * (1.0 - level);
  return {score + quantile(replicates, tail) - mean, score + quantile(replicates, 1.0 - tail) - mean};
}

}  // namespace context_scorer_detail

ContextScorer::ContextScorer(const ScoredContext& scored, const std::vector<Metric>& metrics,
                             const EvaluateSettings& settings, std::uint64_t seed)
    : scored_(scored),
      metrics_(metrics),
      settings_(settings),
      seed_(seed),
      name_(to_string(scored.context)),
      random_(seed, "evaluation/" + name_),
      control_rows_(context_scorer_detail::limited(scored.control.size(0), settings.pairwise_cells, random_)),
      truth_rows_(context_scorer_detail::limited(scored.truth.size(0), settings.pairwise_cells, random_)) {
  using context_scorer_detail::take;
  const Population control("control", scored.control);
  const Population truth("truth", scored.truth);
  const at::Tensor near_control = take(scored.control, control_rows_);
  const at::Tensor near_truth = take(scored.truth, truth_rows_);
  for (const Metric& metric : metrics_) {
    if (metric.scope != Scope::kContext) continue;
    if (std::any_of(shared_.begin(), shared_.end(), [&](const Shared& s) { return s.same(metric); })) continue;
    const at::Tensor genes = metric.choose_genes(control, truth);
    // The control stands in for a prediction until with_predicted() replaces it.
    const Comparison comparison = metric.pairwise ? Comparison(near_control, near_control, near_truth)
                                                  : Comparison(scored.control, scored.control, scored.truth);
    const bool restricted = genes.defined() && genes.numel() > 0;
    shared_.push_back({metric.genes, metric.pairwise, genes, restricted ? comparison.with_genes(genes) : comparison});
  }
}

// A prediction made cell by cell from the control keeps the rows of the control.
ContextScorer::Rows ContextScorer::near_rows(std::int64_t predicted) const {
  if (predicted == scored_.control.size(0)) return control_rows_;
  RandomStream random(seed_, "evaluation/predicted/" + name_);
  return context_scorer_detail::limited(predicted, settings_.pairwise_cells, random);
}

Comparison ContextScorer::compared(const Shared& shared, const Prediction& predicted) const {
  at::Tensor cells = shared.pairwise ? context_scorer_detail::take(predicted.cells, near_rows(predicted.cells.size(0)))
                                     : predicted.cells;
  at::Tensor control = predicted.control;
  if (shared.genes.defined()) {
    cells = cells.index_select(1, shared.genes);
    if (control.defined()) control = control.index_select(1, shared.genes);
  }
  return shared.comparison.with_predicted(cells, control);
}

Scores ContextScorer::compute(const std::function<Comparison(const Shared&)>& make) const {
  std::vector<std::optional<Comparison>> made(shared_.size());
  Scores scores;
  for (const Metric& metric : metrics_) {
    if (metric.scope == Scope::kAllContexts) continue;
    const auto it = std::find_if(shared_.begin(), shared_.end(), [&](const Shared& s) { return s.same(metric); });
    if (metric.scope != Scope::kContext || it->no_genes()) {  // no t score without variance
      scores.emplace_back(metric.name, context_scorer_detail::kNaN);
      continue;
    }
    auto& comparison = made[static_cast<std::size_t>(it - shared_.begin())];
    if (!comparison) comparison.emplace(make(*it));
    scores.emplace_back(metric.name, metric.compute(*comparison));
  }
  return scores;
}

Scores ContextScorer::score(const Prediction& predicted) const {
  return compute([&](const Shared& shared) { return compared(shared, predicted); });
}

Intervals ContextScorer::intervals(const Prediction& predicted, const Scores& scores) const {
  namespace detail = context_scorer_detail;
  std::vector<Comparison> whole;
  for (const Shared& shared : shared_) whole.push_back(compared(shared, predicted));
  const std::int64_t near = std::ssize(near_rows(predicted.cells.size(0)));
  const bool paired = predicted.cells.size(0) == scored_.control.size(0);
  std::vector<std::vector<double>> replicates(scores.size());
  for (std::int64_t repeat = 0; repeat < settings_.cell_bootstrap; ++repeat) {
    // A stream a replicate: every method sees the same cells.
    RandomStream random(seed_, "evaluation/cells/" + name_ + "/" + std::to_string(repeat));
    const at::Tensor truth = detail::draw(scored_.truth.size(0), random);
    const at::Tensor near_truth = detail::draw(std::ssize(truth_rows_), random);
    const at::Tensor cells = detail::draw(predicted.cells.size(0), random);
    const at::Tensor near_cells = detail::draw(near, random);
    const Scores drawn = compute([&](const Shared& shared) {
      const Comparison& all = whole[static_cast<std::size_t>(&shared - shared_.data())];
      if (shared.pairwise) return all.resampled({}, near_cells, near_truth, /*distances=*/true);
      return all.resampled(paired ? cells : at::Tensor(), cells, truth, /*distances=*/false);
    });
    for (std::size_t i = 0; i < drawn.size(); ++i) replicates[i].push_back(drawn[i].second);
  }
  Intervals intervals;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const auto level = static_cast<double>(settings_.cell_level) / 100.0;
    intervals.emplace_back(scores[i].first,
                           detail::centred_interval(std::move(replicates[i]), scores[i].second, level));
  }
  return intervals;
}

Scores ContextScorer::ceiling() {
  namespace detail = context_scorer_detail;
  const std::int64_t n = scored_.truth.size(0);
  const bool defined = n >= 2;
  Scores mean;
  for (const Metric& metric : metrics_) {
    if (metric.scope != Scope::kAllContexts) mean.emplace_back(metric.name, defined ? 0.0 : detail::kNaN);
  }
  if (!defined) return mean;
  for (std::int64_t repeat = 0; repeat < settings_.ceiling_repeats; ++repeat) {
    const auto [first, second] = detail::ceiling_rows(settings_, n, random_);
    const auto [near_first, near_second] = detail::resamples(std::ssize(truth_rows_), random_);
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

ContextProfile ContextScorer::profile(const Prediction& predicted, const std::vector<std::int64_t>& targets,
                                      const ProfileNeeds& needs) const {
  using context_scorer_detail::take;
  const Comparison all(scored_.control, predicted.cells, scored_.truth);
  const at::Tensor near_control = take(scored_.control, control_rows_);
  const Comparison near(near_control, take(predicted.cells, near_rows(predicted.cells.size(0))),
                        take(scored_.truth, truth_rows_));
  at::Tensor own;
  if (predicted.control.defined()) {
    RandomStream random(seed_, "evaluation/predicted control/" + name_);
    own = take(predicted.control,
               context_scorer_detail::limited(predicted.control.size(0), settings_.pairwise_cells, random));
  }
  return make_profile(scored_.context, targets, all.with_predicted(predicted.cells, predicted.control),
                      near.with_predicted(near.predicted().cells(), own), needs);
}

ContextProfile ContextScorer::ceiling_profile(std::int64_t repeat, const std::vector<std::int64_t>& targets,
                                              const ProfileNeeds& needs) const {
  namespace detail = context_scorer_detail;
  RandomStream random(seed_, "evaluation/ceiling/" + name_ + "/" + std::to_string(repeat));
  const std::int64_t n = scored_.truth.size(0);
  const auto [first, second] = detail::ceiling_rows(settings_, n, random);
  const at::Tensor predicted = scored_.truth.index_select(0, first);
  const at::Tensor truth = scored_.truth.index_select(0, second);
  const auto limit = [&](const at::Tensor& cells) {
    return detail::take(cells, detail::limited(cells.size(0), settings_.pairwise_cells, random));
  };
  const Comparison all(scored_.control, predicted, truth);
  const Comparison near(detail::take(scored_.control, control_rows_), limit(predicted), limit(truth));
  return make_profile(scored_.context, targets, all, near, needs);
}

}  // namespace brenier::train
