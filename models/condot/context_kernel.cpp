#include "models/condot/context_kernel.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace brenier::models {
namespace context_kernel_detail {

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

}  // namespace context_kernel_detail

ContextKernel::ContextKernel(std::int64_t contexts, std::int64_t actions, std::int64_t width)
    : doses_(at::zeros({contexts, actions})),
      descriptors_(at::zeros({contexts, width})),
      shifts_(at::zeros({contexts, width})),
      spread_(at::ones({})),
      bandwidth_(at::ones({})) {}

void ContextKernel::fit(const TrainingView& view, const at::Tensor& latents) {
  const auto& contexts = view.contexts();
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    const auto row = static_cast<std::int64_t>(k);
    doses_[row].copy_(encode_actions(view.task(), contexts[k].context));
    const auto control = context_kernel_detail::mean_of(latents, contexts[k].control);
    descriptors_[row].copy_(control);
    shifts_[row].copy_(context_kernel_detail::mean_of(latents, contexts[k].treated) - control);
  }
  const auto pairs = at::pdist(descriptors_).square();
  const auto distinct = pairs.masked_select(pairs > 0);
  spread_.fill_(distinct.numel() > 0 ? distinct.median().item<double>() : 1.0);
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
    if (!((others > 0).any(0) | (doses_[k] <= 0)).all().item<bool>()) continue;  // an action of k is nowhere else
    for (std::size_t i = 0; i < scores.size(); ++i) {
      bandwidth_.fill_(detail::kWidths[i]);
      const auto kappa = weights(doses_[k], descriptors_[k], k).to(at::kDouble);
      const auto similar = kappa.matmul(control) / kappa.sum();
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

at::Tensor ContextKernel::block(const at::Tensor& candidates, const at::Tensor& wanted, const at::Tensor& actions,
                                const at::Tensor& descriptor) const {
  const auto ratio = at::log10(doses_.clamp_min(1e-30)) - at::log10(actions.clamp_min(1e-30));
  auto distance = (descriptors_ - descriptor).square().sum(1) / spread_ +
                  at::where(wanted, ratio, at::zeros_like(ratio)).square().sum(1);
  distance = distance.masked_fill(candidates.logical_not(), std::numeric_limits<float>::infinity());
  const auto nearest = distance.min();
  const auto weight = at::exp(-(distance - nearest) / (2 * bandwidth_.square() * nearest + 1e-12));
  return weight / weight.sum();
}

at::Tensor ContextKernel::weights(const at::Tensor& actions, const at::Tensor& descriptor, std::int64_t without) const {
  auto has = doses_ > 0;  // [K, A]
  const auto wanted = actions > 0;
  auto allowed = at::ones({doses_.size(0)}, at::kBool);
  if (without >= 0) allowed[without].fill_(false);
  const auto sizes = has.sum(1);
  const auto same = (has == wanted).all(1).logical_and(allowed);
  if (same.any().item<bool>()) return block(same, wanted, actions, descriptor);
  auto total = at::zeros({doses_.size(0)});
  for (std::int64_t a = 0; a < actions.size(0); ++a) {
    if (!wanted[a].item<bool>()) continue;
    const auto holders = has.select(1, a).logical_and(allowed);
    if (!holders.any().item<bool>()) {
      throw Error(ErrorKind::kData, "no training context has perturbation number " + std::to_string(a))
          .expected("a perturbation that was in training alone or in a combination");
    }
    const auto smallest = sizes.masked_select(holders).min();
    const auto one = at::arange(actions.size(0)) == a;
    total += block(holders.logical_and(sizes == smallest), one, actions, descriptor);
  }
  return total;
}

State ContextKernel::state() const {
  return {{"doses", doses_},
          {"descriptors", descriptors_},
          {"shifts", shifts_},
          {"spread", spread_},
          {"bandwidth", bandwidth_}};
}

Script ContextKernel::script() const {
  Script script;
  script.source =
      R"(def kernel_block(self, candidates: Tensor, wanted: Tensor, actions: Tensor, descriptor: Tensor) -> Tensor:
    ratio = torch.log10(torch.clamp(self.kernel_doses, min=1e-30)) - torch.log10(torch.clamp(actions, min=1e-30))
    ratio = torch.where(wanted, ratio, torch.zeros_like(ratio))
    distance = torch.sum((self.kernel_descriptors - descriptor) ** 2, 1) / self.kernel_spread + torch.sum(ratio ** 2, 1)
    distance = torch.where(candidates, distance, torch.full_like(distance, float("inf")))
    nearest = torch.min(distance)
    weight = torch.exp(-(distance - nearest) / (2.0 * self.kernel_bandwidth * self.kernel_bandwidth * nearest + 1e-12))
    return weight / torch.sum(weight)

def kernel_weights(self, actions: Tensor, descriptor: Tensor) -> Tensor:
    has = self.kernel_doses > 0
    wanted = actions > 0
    sizes = torch.sum(has, 1)
    same = torch.all(has == wanted, 1)
    if bool(torch.any(same)):
        return self.kernel_block(same, wanted, actions, descriptor)
    total = torch.zeros_like(self.kernel_doses[:, 0])
    for a in range(actions.size(0)):
        if bool(wanted[a]):
            holders = has[:, a]
            smallest = torch.min(torch.masked_select(sizes, holders))
            one = torch.arange(actions.size(0), device=actions.device) == a
            total = total + self.kernel_block(torch.logical_and(holders, sizes == smallest), one, actions, descriptor)
    return total

)";
  for (const auto& [name, tensor] : state()) script.tensors.emplace_back("kernel_" + name, tensor);
  return script;
}

}  // namespace brenier::models
