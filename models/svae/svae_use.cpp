// What a trained Svae is asked for: predictions, latents, likelihoods, export.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "models/svae/svae.h"
#include "models/svae/svae_network.h"

namespace brenier::models {

at::Tensor Svae::shift_of(const Context& context) const {
  const c10::NoGradGuard no_grad;
  if (!network_->shifts) return at::zeros({settings_.latent_width});
  return encode_actions(vocabulary(), context).matmul(network_->shifts->effective());
}

at::Tensor Svae::shift_rows(const Context& context, std::int64_t rows) const {
  return shift_of(context).expand({rows, settings_.latent_width}).contiguous();
}

at::Tensor Svae::predict(const at::Tensor& control, const Context& context) const {
  const c10::NoGradGuard no_grad;
  const auto shift = shift_of(context);
  const auto z = latents(control, Context{});
  if (settings_.readout == "direct") return network_->vae.mean_cells(z + shift, control.sum(1));
  return network_->vae.moved_cells(control, z, z + shift);
}

at::Tensor Svae::latents(const at::Tensor& cells, const Context& context) const {
  const auto shifts = shift_rows(context, cells.size(0));
  const auto mean = network_->vae.encode(cells, shifts);
  return settings_.is_additive() ? mean + shifts : mean;
}

Mechanisms Svae::mechanisms() const {
  const c10::NoGradGuard no_grad;
  Mechanisms result;
  result.actions = task_.actions;
  if (network_->shifts) {
    result.shifts = network_->shifts->values();
    result.masks = network_->shifts->masks();
  }
  if (settings_.chooses_gamma()) {
    result.choices.emplace_back("gamma", gamma_.item<double>());
    for (std::size_t i = 0; i < settings_.gammas.size(); ++i) {
      result.choices.emplace_back("gamma_score_" + number_text(settings_.gammas[i]),
                                  scores_[static_cast<std::int64_t>(i)].item<double>());
    }
  }
  // One latent after the other is one unit away from the mean control cell.
  const auto from = network_->vae.decode(origin_.unsqueeze(0));
  const auto to = network_->vae.decode(origin_ + at::eye(settings_.latent_width));
  const bool counts = network_->vae.shape().counts;
  result.gene_effects = counts ? at::log_softmax(to, 1) - at::log_softmax(from, 1) : to - from;
  return result;
}

at::Tensor Svae::log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                RandomStream& stream) const {
  if (samples < 1) {
    throw Error(ErrorKind::kUsage, "a likelihood bound needs at least one sample").found(std::to_string(samples));
  }
  const c10::NoGradGuard no_grad;
  const auto shifts = shift_rows(context, cells.size(0));
  // log sum exp over the draws, one after the other.
  at::Tensor most;
  at::Tensor sum;
  for (std::int64_t k = 0; k < samples; ++k) {
    const auto weight = network_->vae.log_weight(cells, shifts, stream);
    if (k == 0) {
      most = weight;
      sum = at::ones_like(weight);
      continue;
    }
    const auto higher = at::maximum(most, weight);
    sum = sum * (most - higher).exp() + (weight - higher).exp();
    most = higher;
  }
  return most + (sum / static_cast<double>(samples)).log();
}

Script Svae::export_script() const {
  Script script = network_->vae.script();
  const auto known = static_cast<std::int64_t>(task_.actions.size());
  script.tensors.emplace_back("action_shifts", network_->shifts ? network_->shifts->effective().contiguous()
                                                                : at::zeros({known, settings_.latent_width}));
  script.source +=
      "def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:\n"
      "    return torch.matmul(actions[:" +
      std::to_string(known) + "], self.action_shifts)\n\n";
  script.source +=
      "def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n"
      "    z = self.encode_mean(cells, torch.zeros_like(context))\n";
  script.source += settings_.readout == "direct" ? "    return self.decode_cells(z + context, cells)\n\n"
                                                 : "    return self.move_cells(cells, z, z + context)\n\n";
  return script;
}

}  // namespace brenier::models
