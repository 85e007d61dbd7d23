#include "models/svae/discrepancy_networks.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "models/nn/activation.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace discrepancy_networks_detail {

constexpr double kLeastVariance = 1e-12;

std::int64_t latents_of(const DiscrepancySettings& settings, const Task& task) {
  if (task.actions.empty()) {
    throw Error(ErrorKind::kData, "the discrepancy-VAE learns from interventions, and the training data have none")
        .expected("at least one perturbed context to train on");
  }
  return settings.latents > 0 ? settings.latents : std::ssize(task.actions);
}

std::vector<std::int64_t> widths(std::int64_t first, const std::vector<std::int64_t>& hidden, std::int64_t last) {
  std::vector<std::int64_t> all = {first};
  all.insert(all.end(), hidden.begin(), hidden.end());
  all.push_back(last);
  return all;
}

std::optional<CausalKind> causal_of(const std::string& name) {
  if (name == "none") return std::nullopt;
  return name == "relu" ? CausalKind::kRelu : CausalKind::kLinear;
}

// Unit rows: row a is the latent that action a acts on.
at::Tensor known_targets(const DiscrepancySettings& settings, const Task& task, std::int64_t latents) {
  const auto order = settings.order.empty() ? task.actions : settings.order;
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != task.actions || std::ssize(order) != latents) {
    throw Error(ErrorKind::kUsage, "known targets need exactly one action a latent")
        .at("order")
        .found(std::to_string(latents) + " latents, order " + quoted_list(order))
        .expected("the actions of the training data: " + quoted_list(task.actions))
        .hint("set latents to 0 and leave order out, or use targets learned");
  }
  auto table = at::zeros({latents, latents}, at::kDouble);
  for (std::size_t l = 0; l < order.size(); ++l) {
    const auto action = std::lower_bound(task.actions.begin(), task.actions.end(), order[l]) - task.actions.begin();
    table[action][static_cast<std::int64_t>(l)] = 1.0;
  }
  return table;
}

}  // namespace discrepancy_networks_detail

DiscrepancyNetworks::DiscrepancyNetworks(const DiscrepancySettings& settings, const Task& task, RandomStream& stream)
    : latents_(discrepancy_networks_detail::latents_of(settings, task)),
      output_(settings.output),
      causal_(discrepancy_networks_detail::causal_of(settings.causal)),
      encoder_(discrepancy_networks_detail::widths(std::ssize(task.genes), settings.hidden, 2 * latents_), "encoder",
               parameters_, stream, MlpActivation::kLeakyRelu, at::kDouble),
      decoder_(discrepancy_networks_detail::widths(latents_, settings.hidden, std::ssize(task.genes)), "decoder",
               parameters_, stream, MlpActivation::kLeakyRelu, at::kDouble) {
  namespace detail = discrepancy_networks_detail;
  const auto actions = std::ssize(task.actions);
  if (settings.targets == "known") {
    known_ = detail::known_targets(settings, task, latents_);
  } else {
    targets_.emplace(detail::widths(actions, settings.target_hidden, latents_), "targets", parameters_, stream,
                     MlpActivation::kLeakyRelu, at::kDouble);
  }
  shifts_ = parameters_.add("shifts", at::ones({actions}, at::kDouble));
  if (causal_) edges_ = parameters_.add("edges", normal_tensor(stream, {latents_, latents_}, 0.1, at::kDouble));
}

Posterior DiscrepancyNetworks::encode(const at::Tensor& cells) const {
  const auto both = encoder_(cells);
  return {both.narrow(1, 0, latents_),
          at::softplus(both.narrow(1, latents_, latents_)).clamp_min(discrepancy_networks_detail::kLeastVariance)};
}

at::Tensor DiscrepancyNetworks::targets(double temperature) const {
  if (!targets_) return known_;
  return at::softmax((*targets_)(at::eye(shifts_.size(0), at::kDouble))*temperature, 1);
}

at::Tensor DiscrepancyNetworks::causal(const at::Tensor& exogenous) const {
  return causal_ ? causal_layer(exogenous, edges_, *causal_) : exogenous;
}

at::Tensor DiscrepancyNetworks::decode(const at::Tensor& latents) const {
  const auto cells = decoder_(latents);
  return output_ == "leaky_relu" ? at::leaky_relu(cells, kLeakySlope) : cells;
}

at::Tensor DiscrepancyNetworks::edge_sum() const {
  return causal_ ? at::triu(edges_, 1).abs().sum() : at::zeros({}, at::kDouble);
}

at::Tensor DiscrepancyNetworks::edges() const { return causal_ ? at::triu(edges_.detach(), 1) : at::Tensor(); }

std::string DiscrepancyNetworks::script() const {
  std::string text = encoder_.script("encoder") + decoder_.script("decode_linear");
  text += causal_ ? causal_script(*causal_) : "def causal(self, e: Tensor) -> Tensor:\n    return e\n\n";
  return text + "def decoder(self, u: Tensor) -> Tensor:\n    return " +
         (output_ == "leaky_relu" ? "torch.leaky_relu(self.decode_linear(u), 0.2)" : "self.decode_linear(u)") + "\n\n";
}

void DiscrepancyNetworks::append_script_tensors(State& tensors) const {
  encoder_.append_script_tensors(tensors);
  decoder_.append_script_tensors(tensors);
  if (causal_) tensors.emplace_back("edges", edges_.detach());
}

}  // namespace brenier::models
