#include "models/condot/context_kernel.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace brenier::models {
namespace context_kernel_detail {

constexpr double kLeastWeight = 0.05;  // of a far context in a composition: what only it tells is not lost
constexpr double kRank = 1e-6;         // relative singular value below which directions are not told apart
constexpr double kWidths[] = {0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 100.0};

at::Tensor mean_of(const at::Tensor& latents, const std::vector<std::int64_t>& rows) {
  return latents.index_select(0, at::tensor(rows, at::kLong)).mean(0);
}

// Float64 gene means over rows, in chunks.
at::Tensor gene_means(const TrainingView& view, const std::vector<std::int64_t>& rows) {
  constexpr std::size_t kChunk = 2048;
  at::Tensor sum;
  for (std::size_t first = 0; first < rows.size(); first += kChunk) {
    const auto last = std::min(rows.size(), first + kChunk);
    const auto part =
        view.rows({rows.begin() + static_cast<std::ptrdiff_t>(first), rows.begin() + static_cast<std::ptrdiff_t>(last)})
            .to(at::kDouble)
            .sum(0);
    sum = sum.defined() ? sum + part : part;
  }
  return sum / static_cast<double>(rows.size());
}

double r2(const at::Tensor& truth, const at::Tensor& predicted) {
  return 1.0 - ((truth - predicted).square().sum() / (truth - truth.mean()).square().sum()).item<double>();
}

// Median squared distance of two rows that differ; 1 when none do.
double spread_of(const at::Tensor& rows) {
  if (rows.size(0) < 2 || rows.size(1) == 0) return 1.0;
  const auto pairs = at::pdist(rows).square();
  const auto distinct = pairs.masked_select(pairs > 0);
  return distinct.numel() > 0 ? distinct.median().item<double>() : 1.0;
}

// [K] weights that sum to 1, from squared distances and the rows that may have some.
at::Tensor gaussian(const at::Tensor& distance, const at::Tensor& candidates, const at::Tensor& bandwidth) {
  const auto masked = distance.masked_fill(candidates.logical_not(), std::numeric_limits<float>::infinity());
  const auto nearest = masked.min();
  const auto weight = at::exp(-(masked - nearest) / (2 * bandwidth.square() * nearest + 1e-12));
  return weight / weight.sum();
}

// The two values of `there` [K] among the candidates that are nearest to `asked` from below and above, and how far it
// is from the lower one to the upper one; on one side of all of them, the nearest twice.
struct Bracket {
  at::Tensor lower, upper;  // scalars
  at::Tensor share;         // 0 when lower = upper
};

Bracket bracket(const at::Tensor& there, const at::Tensor& asked, const at::Tensor& candidates) {
  const auto infinity = std::numeric_limits<float>::infinity();
  const auto below = candidates.logical_and(there <= asked);
  const auto above = candidates.logical_and(there >= asked);
  auto lower = there.masked_fill(below.logical_not(), -infinity).max();
  auto upper = there.masked_fill(above.logical_not(), infinity).min();
  if (!below.any().item<bool>()) lower = upper;
  if (!above.any().item<bool>()) upper = lower;
  if (!(upper > lower).item<bool>()) return {lower, upper, at::zeros({})};
  return {lower, upper, (asked - lower) / (upper - lower)};
}

}  // namespace context_kernel_detail

ContextKernel::ContextKernel(std::int64_t contexts, std::int64_t actions, std::int64_t width, std::int64_t place,
                             std::int64_t traits, KernelSettings settings)
    : settings_(settings),
      doses_(at::zeros({contexts, actions})),
      descriptors_(at::zeros({contexts, width})),
      shifts_(at::zeros({contexts, width})),
      places_(at::zeros({contexts, place})),
      traits_(at::zeros({contexts, traits})),
      spread_(at::ones({})),
      place_spread_(at::ones({})),
      trait_spread_(at::ones({})),
      bandwidth_(at::ones({})) {}

void ContextKernel::fit(const TrainingView& view, const at::Tensor& latents, const at::Tensor& places,
                        const at::Tensor& traits) {
  const auto& contexts = view.contexts();
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k);
    doses_[row].copy_(encode_actions(view.task(), contexts[k].context));
    const auto control = context_kernel_detail::mean_of(latents, contexts[k].control);
    descriptors_[row].copy_(control);
    shifts_[row].copy_(context_kernel_detail::mean_of(latents, contexts[k].treated) - control);
  }
  if (places.defined()) places_.copy_(places);
  if (traits.defined()) traits_.copy_(traits);
  spread_.fill_(context_kernel_detail::spread_of(descriptors_));
  place_spread_.fill_(context_kernel_detail::spread_of(places_));
  trait_spread_.fill_(context_kernel_detail::spread_of(traits_));
}

void ContextKernel::set_bandwidth(double bandwidth) { bandwidth_.fill_(bandwidth); }

double ContextKernel::bandwidth() const { return bandwidth_.item<double>(); }

void ContextKernel::choose_bandwidth(const TrainingView& view, double retention) {
  namespace detail = context_kernel_detail;
  const auto& contexts = view.contexts();
  std::vector<at::Tensor> controls;
  std::vector<at::Tensor> treated;
  for (const auto& context : contexts) {
    controls.push_back(detail::gene_means(view, context.control));
    treated.push_back(detail::gene_means(view, context.treated));
  }
  const auto control = at::stack(controls);
  const auto shift = at::stack(treated) - control;
  const bool non_negative = control.min().item<double>() >= 0.0;

  std::vector<std::vector<double>> scores(std::size(detail::kWidths));  // [width][left-out context]
  for (std::int64_t k = 0; k < control.size(0); ++k) {
    const auto others = doses_.index_select(0, (at::arange(control.size(0)) != k).nonzero().squeeze(1));
    const bool known = ((others > 0).any(0) | (doses_[k] <= 0)).all().item<bool>();
    if (!known && !settings_.by_place) continue;  // an action of k is nowhere else
    for (std::size_t i = 0; i < scores.size(); ++i) {
      bandwidth_.fill_(detail::kWidths[i]);
      const auto kappa = weights({doses_[k], descriptors_[k], places_[k], traits_[k], {}, 0.0}, k).to(at::kDouble);
      const auto near = shares(kappa);
      const auto similar = near.matmul(control) / near.sum();
      auto predicted = control[k] + kappa.matmul(shift) - (1.0 - retention) * (control[k] - similar);
      if (non_negative) predicted = predicted.clamp_min(0);
      scores[i].push_back(detail::r2(treated[static_cast<std::size_t>(k)], predicted));
    }
  }
  bandwidth_.fill_(1.0);
  const auto n = static_cast<double>(scores.front().size());
  if (n < 3) return;
  std::size_t best = 0;
  std::vector<at::Tensor> table;
  for (const auto& row : scores) table.push_back(at::tensor(row, at::kDouble));
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (table[i].mean().item<double>() > table[best].mean().item<double>()) best = i;
  }
  std::size_t chosen = best;
  for (std::size_t i = best + 1; i < table.size(); ++i) {
    const auto loss = table[best] - table[i];
    if (loss.mean().item<double>() <= loss.std().item<double>() / std::sqrt(n)) chosen = i;
  }
  bandwidth_.fill_(detail::kWidths[chosen]);
}

at::Tensor ContextKernel::distance(const ContextQuery& query, const at::Tensor& place, bool with_axis) const {
  auto distance = (descriptors_ - query.centre).square().sum(1) / spread_;
  if (traits_.size(1) > 0) {
    auto apart = (traits_ - query.traits).square();
    if (!with_axis) apart.select(1, settings_.axis).zero_();
    distance = distance + apart.sum(1) / trait_spread_;
  }
  if (place.defined()) {  // a row of a table has no column for the dose
    distance = distance + (places_.narrow(1, 0, place.size(0)) - place).square().sum(1) / place_spread_;
  }
  return distance;
}

at::Tensor ContextKernel::block(const at::Tensor& candidates, const at::Tensor& wanted, const ContextQuery& query,
                                const at::Tensor& plain) const {
  if (settings_.line && wanted.sum().item<std::int64_t>() == 1) {
    const auto action = wanted.to(at::kLong).argmax().item<std::int64_t>();
    const auto scale = [&](const at::Tensor& doses) {
      return settings_.log_doses ? at::log10(doses.clamp_min(1e-30)) : doses;
    };
    const auto there = scale(doses_.select(1, action));
    const auto [lower, upper, share] = context_kernel_detail::bracket(there, scale(query.actions[action]), candidates);
    const auto at_lower = context_kernel_detail::gaussian(plain, candidates.logical_and(there == lower), bandwidth_);
    const auto at_upper = context_kernel_detail::gaussian(plain, candidates.logical_and(there == upper), bandwidth_);
    return (1 - share) * at_lower + share * at_upper;
  }
  const auto ratio = at::log10(doses_.clamp_min(1e-30)) - at::log10(query.actions.clamp_min(1e-30));
  const auto far = at::where(wanted, ratio, at::zeros_like(ratio)).square().sum(1);
  return context_kernel_detail::gaussian(plain + far, candidates, bandwidth_);
}

at::Tensor ContextKernel::along_axis(const at::Tensor& candidates, const at::Tensor& wanted,
                                     const ContextQuery& query) const {
  if (settings_.axis < 0) return block(candidates, wanted, query, distance(query, {}));
  const auto plain = distance(query, {}, /*with_axis=*/false);
  const auto there = traits_.select(1, settings_.axis);
  const auto [lower, upper, share] = context_kernel_detail::bracket(there, query.traits[settings_.axis], candidates);
  const auto at_lower = block(candidates.logical_and(there == lower), wanted, query, plain);
  const auto at_upper = block(candidates.logical_and(there == upper), wanted, query, plain);
  return (1 - share) * at_lower + share * at_upper;
}

at::Tensor ContextKernel::composed(const ContextQuery& query, const at::Tensor& wanted,
                                   const at::Tensor& allowed) const {
  const auto has = doses_ > 0;
  const auto unknown = wanted.logical_and(has.logical_and(allowed.unsqueeze(1)).any(0).logical_not());
  if (unknown.any().item<bool>()) {
    throw Error(ErrorKind::kData, "no training context has perturbation number " +
                                      std::to_string(unknown.nonzero()[0][0].item<std::int64_t>()))
        .expected("a perturbation that was in training alone or in a combination");
  }
  const auto ratio = at::log10(doses_.clamp_min(1e-30)) - at::log10(query.actions.clamp_min(1e-30));
  const auto apart = at::where(wanted.logical_and(has), ratio, at::zeros_like(ratio)).square().sum(1);
  const auto weight = context_kernel_detail::gaussian(distance(query, {}) + apart, allowed, bandwidth_);
  const auto v = (weight / weight.max()).sqrt().clamp_min(context_kernel_detail::kLeastWeight) * allowed;
  const auto design = (has * v.unsqueeze(1)).to(at::kDouble);  // V I
  const auto asked = wanted.to(at::kDouble) + query.unknown / static_cast<double>(doses_.size(1));
  return (asked.matmul(at::pinverse(design, context_kernel_detail::kRank)) * v.to(at::kDouble)).to(at::kFloat);
}

at::Tensor ContextKernel::by_actions(const ContextQuery& query, const at::Tensor& allowed) const {
  const auto wanted = query.actions > 0;
  const auto others = query.others.defined() ? query.others.size(0) : 0;
  const auto same = ((doses_ > 0) == wanted).all(1).logical_and(allowed);
  if (others == 0 && query.unknown == 0.0 && same.any().item<bool>()) return along_axis(same, wanted, query);
  auto total = at::zeros({doses_.size(0)});
  if (query.unknown > 0.0 || wanted.any().item<bool>()) total = composed(query, wanted, allowed);
  const auto sizes = (doses_ > 0).sum(1);
  const auto fewest = (sizes == sizes.masked_select(allowed).min()).logical_and(allowed);
  for (std::int64_t i = 0; i < others; ++i) {
    total += context_kernel_detail::gaussian(distance(query, query.others[i]), fewest, bandwidth_);
  }
  return total;
}

at::Tensor ContextKernel::shares(const at::Tensor& kappa) {
  const auto positive = kappa.clamp_min(0);
  return positive / positive.sum().clamp_min(1);
}

at::Tensor ContextKernel::weights(const ContextQuery& query, std::int64_t without) const {
  auto allowed = at::ones({doses_.size(0)}, at::kBool);
  if (without >= 0) allowed[without].fill_(false);
  if (!settings_.by_place) return by_actions(query, allowed);
  // The asked set itself where training has it: sets with equal places need not be equal.
  auto candidates = ((doses_ > 0) == (query.actions > 0)).all(1).logical_and(allowed);
  const bool strange = query.unknown > 0.0 || (query.others.defined() && query.others.size(0) > 0);
  if (strange || !candidates.any().item<bool>()) candidates = allowed;
  return context_kernel_detail::gaussian(distance(query, query.place), candidates, bandwidth_);
}

at::Tensor ContextKernel::weights(const at::Tensor& actions, const at::Tensor& centre, std::int64_t without) const {
  return weights({actions, centre, places_.mean(0), traits_.mean(0), {}, 0.0}, without);
}

State ContextKernel::state() const {
  State state{{"doses", doses_}, {"descriptors", descriptors_}, {"shifts", shifts_}, {"spread", spread_}};
  if (places_.size(1) > 0) state.insert(state.end(), {{"places", places_}, {"place_spread", place_spread_}});
  if (traits_.size(1) > 0) state.insert(state.end(), {{"traits", traits_}, {"trait_spread", trait_spread_}});
  state.emplace_back("bandwidth", bandwidth_);
  return state;
}

}  // namespace brenier::models
