#include "ot/soft_sort/soft_sort.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/number_text.h"
#include "core/shape.h"
#include "ot/batch/sinkhorn_batch.h"
#include "ot/geometry/point_cloud.h"
#include "ot/initialise/sorted.h"
#include "ot/plan/plan.h"

namespace brenier::ot {
namespace soft_sort_detail {

void refuse(const std::string& what, const std::string& where, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::kUsage, what).at(where).found(found).expected(expected);
}

void check(const at::Tensor& values, const SoftSortSettings& settings) {
  if (!values.defined()) throw Error(ErrorKind::kData, "there are no values to sort").at("values").found("undefined");
  check_floating(values, "values");
  if ((values.dim() != 1 && values.dim() != 2) || values.numel() == 0 || !values.device().is_cpu()) {
    std::string shape;
    for (const auto size : values.sizes()) shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    throw Error(ErrorKind::kData, "values to sort have the wrong shape or place")
        .at("values")
        .found("[" + shape + "] on " + values.device().str())
        .expected("[N] or [B, N] on cpu, at least one value");
  }
  check_finite(values, "values");
  if (!(settings.epsilon > 0) || !std::isfinite(settings.epsilon))
    refuse("epsilon is out of range", "epsilon", number_text(settings.epsilon), "a finite number above 0");
  if (!(settings.threshold >= 0) || std::isinf(settings.threshold)) {
    refuse("the threshold is out of range", "threshold", number_text(settings.threshold),
           "a finite number above 0, or 0 for the default");
  }
}

// Targets of soft_sort and soft_rank.
Index targets_of(const SoftSortSettings& settings, Index count) {
  if (settings.targets == 0) return count;
  if (settings.targets < 2)
    refuse("too few targets to sort to", "targets", std::to_string(settings.targets),
           "at least 2, or 0 for as many as values");
  return settings.targets;
}

void check_top(Index k, Index count) {
  if (k < 1 || k >= count)
    refuse("k is out of range", "k", std::to_string(k) + " of " + std::to_string(count) + " values",
           "at least 1 and fewer than there are values");
}

// Rows of float64 values into (0, 1).
at::Tensor squashed(const at::Tensor& rows, Squash squash) {
  if (squash == Squash::kNone) return rows;
  const auto centred = rows - rows.mean(1, true);
  const auto variance = centred.square().mean(1, true);
  const auto floor = 8 * std::numeric_limits<double>::epsilon() * rows.detach().abs().amax(1, true);
  const auto scale = at::where(variance.detach() <= floor.square(), at::ones_like(variance), variance).sqrt();
  return (centred / scale).sigmoid();
}

// The solved transport of each row to targets of weights b.
std::vector<SinkhornOutput> transports(const at::Tensor& rows, const std::vector<double>& b,
                                       const SoftSortSettings& settings) {
  const auto targets = b.size() == 1 ? at::zeros({1, 1}, at::kDouble)
                                     : at::linspace(0, 1, static_cast<Index>(b.size()), at::kDouble).unsqueeze(1);
  const auto weights = at::tensor(b, at::kDouble);
  std::vector<LinearProblem> problems;
  std::vector<SinkhornStart> starts;
  for (const auto& z : squashed(rows, settings.squash).unbind(0)) {
    problems.push_back(linear_problem(std::make_shared<PointCloud>(z.unsqueeze(1), targets), settings.epsilon));
    problems.back().b = weights;
    starts.push_back(Sorted().start(problems.back()));
  }
  BatchSettings batch;
  const double threshold = settings.threshold > 0 ? settings.threshold : std::max(1e-11, 1e-14 / settings.epsilon);
  batch.sinkhorn.threshold = threshold;
  batch.sinkhorn.max_iterations = settings.max_iterations;
  batch.sinkhorn.implicit = settings.implicit;
  batch.sinkhorn.certify = false;
  auto solved = sinkhorn_batch(problems, batch, starts);
  for (std::size_t row = 0; row < solved.size(); ++row) {
    const auto& out = solved[row];
    if (out.converged()) continue;
    throw Error(ErrorKind::kNumerical, "a soft sort did not converge")
        .at("row " + std::to_string(row))
        .found("a marginal error of " + number_text(out.marginal_error) + " after " + std::to_string(out.iterations) +
               " iterations (" + to_string(out.status) + ")")
        .expected("at most " + number_text(threshold))
        .hint("a larger epsilon, more iterations or a larger threshold");
  }
  return solved;
}

// read(plan, row) of every row, in the shape and type of the values.
at::Tensor by_rows(const at::Tensor& values, const std::vector<double>& b, const SoftSortSettings& settings,
                   const std::function<at::Tensor(const SinkhornOutput&, const at::Tensor&)>& read) {
  const auto rows = (values.dim() == 1 ? values.unsqueeze(0) : values).to(at::kDouble);
  const auto solved = transports(rows, b, settings);
  const auto each = rows.unbind(0);
  std::vector<at::Tensor> out;
  for (std::size_t row = 0; row < each.size(); ++row) out.push_back(read(solved[row], each[row]));
  const auto all = at::stack(out).to(values.scalar_type());
  return values.dim() == 1 ? all.squeeze(0) : all;
}

// sum_i P_ij v_i / b_j.
at::Tensor carried(const at::Tensor& values, const std::vector<double>& b, const SoftSortSettings& settings) {
  const auto weights = at::tensor(b, at::kDouble);
  return by_rows(values, b, settings, [&](const SinkhornOutput& plan, const at::Tensor& row) {
    return apply_plan(plan, Direction::kColumns, row.unsqueeze(1)).squeeze(1) / weights;
  });
}

// N sum_j P_ij place_j.
at::Tensor placed(const at::Tensor& values, const std::vector<double>& b, const at::Tensor& places,
                  const SoftSortSettings& settings) {
  const auto column = places.unsqueeze(1) * static_cast<double>(values.size(-1));
  return by_rows(values, b, settings, [&](const SinkhornOutput& plan, const at::Tensor&) {
    return apply_plan(plan, Direction::kRows, column).squeeze(1);
  });
}

std::vector<double> equal_weights(Index count) {
  return std::vector<double>(static_cast<std::size_t>(count), 1 / static_cast<double>(count));
}

// Which level is the smallest, the next, ...
std::vector<std::size_t> order_of(const std::vector<double>& levels) {
  if (levels.empty()) refuse("no level of a quantile was given", "levels", "none", "one or more numbers in (0, 1)");
  for (const double level : levels)
    if (!(level > 0 && level < 1))
      refuse("the level of a quantile is out of range", "levels", number_text(level), "a number in (0, 1)");
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t p, std::size_t q) { return levels[p] < levels[q]; });
  for (std::size_t q = 1; q < order.size(); ++q)
    if (levels[order[q]] == levels[order[q - 1]])
      refuse("a level of a quantile was given twice", "levels", number_text(levels[order[q]]), "different levels");
  return order;
}

// Weights of the 2 Q + 1 targets for levels in increasing order.
std::vector<double> quantile_weights(const std::vector<double>& levels, double width) {
  std::vector<double> gaps;
  for (std::size_t q = 0; q <= levels.size(); ++q)
    gaps.push_back((q < levels.size() ? levels[q] : 1.0) - (q > 0 ? levels[q - 1] : 0.0));
  double w = std::min(width, 0.5 / static_cast<double>(levels.size()));
  for (const double gap : gaps) w = std::min(w, gap / 2);
  std::vector<double> out;
  for (std::size_t q = 0; q < gaps.size(); ++q) {
    out.push_back(gaps[q] - (q == 0 || q == levels.size() ? w / 2 : w));
    if (q < levels.size()) out.push_back(w);
  }
  return out;
}

}  // namespace soft_sort_detail

at::Tensor soft_sort(const at::Tensor& values, const SoftSortSettings& settings) {
  soft_sort_detail::check(values, settings);
  const Index targets = soft_sort_detail::targets_of(settings, values.size(-1));
  return soft_sort_detail::carried(values, soft_sort_detail::equal_weights(targets), settings);
}

at::Tensor soft_topk(const at::Tensor& values, Index k, const SoftSortSettings& settings) {
  soft_sort_detail::check(values, settings);
  const Index count = values.size(-1);
  soft_sort_detail::check_top(k, count);
  std::vector<double> b(static_cast<std::size_t>(k + 1), 1 / static_cast<double>(count));
  b[0] = static_cast<double>(count - k) / static_cast<double>(count);
  return soft_sort_detail::carried(values, b, settings).slice(-1, 1);
}

at::Tensor soft_rank(const at::Tensor& values, const SoftSortSettings& settings) {
  soft_sort_detail::check(values, settings);
  const Index count = values.size(-1);
  const Index targets = soft_sort_detail::targets_of(settings, count);
  const auto places = at::linspace(0, static_cast<double>(count - 1), targets, at::kDouble);
  return soft_sort_detail::placed(values, soft_sort_detail::equal_weights(targets), places, settings);
}

at::Tensor soft_topk_mask(const at::Tensor& values, Index k, const SoftSortSettings& settings) {
  soft_sort_detail::check(values, settings);
  const Index count = values.size(-1);
  soft_sort_detail::check_top(k, count);
  const double taken = static_cast<double>(k) / static_cast<double>(count);
  return soft_sort_detail::placed(values, {1 - taken, taken}, at::tensor({0.0, 1.0}, at::kDouble), settings);
}

at::Tensor soft_quantile(const at::Tensor& values, const std::vector<double>& levels, const SoftSortSettings& settings,
                         double weight) {
  soft_sort_detail::check(values, settings);
  if (!(weight >= 0) || std::isinf(weight)) {
    soft_sort_detail::refuse("the weight of a quantile is out of range", "weight", number_text(weight),
                             "a finite number above 0, or 0 for the default");
  }
  const auto order = soft_sort_detail::order_of(levels);
  std::vector<double> increasing;
  // The place of each level among the targets.
  auto places = at::empty({static_cast<Index>(levels.size())}, at::kLong);
  for (std::size_t q = 0; q < order.size(); ++q) {
    increasing.push_back(levels[order[q]]);
    places.data_ptr<Index>()[order[q]] = static_cast<Index>(2 * q + 1);
  }
  const double width = weight > 0 ? weight : std::min(0.02, 1.5 / static_cast<double>(values.size(-1)));
  const auto b = soft_sort_detail::quantile_weights(increasing, width);
  return soft_sort_detail::carried(values, b, settings).index_select(-1, places);
}

}  // namespace brenier::ot
