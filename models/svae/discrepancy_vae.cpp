#include "models/svae/discrepancy_vae.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>
#include <utility>

#include "core/error.h"
#include "models/nn/initialise.h"

namespace brenier::models {
namespace discrepancy_vae_detail {

constexpr std::int64_t kReference = 512;  // control cells that are kept
constexpr std::int64_t kPart = 4096;      // rows a pass

// rows(k) of `count` evenly spaced numbers of 0..size-1, repeated when there are fewer.
std::vector<std::int64_t> spaced(std::int64_t size, std::int64_t count) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(size >= count ? i * size / count : i % size);
  return rows;
}

}  // namespace discrepancy_vae_detail

DiscrepancyVae::DiscrepancyVae(const DiscrepancySettings& settings, const Task& task, std::uint64_t seed)
    : settings_(settings),
      task_(task),
      seed_(seed),
      weights_(seed, "discrepancy_vae/weights"),
      networks_(settings, task, weights_),
      adam_(networks_.trainable(), settings.optimiser),
      noise_(width(), networks_.latents(), seed, "discrepancy_vae/cell_noise"),
      draws_(seed, "discrepancy_vae/draws"),
      counter_(at::zeros({}, at::kLong)),
      reference_{at::zeros({discrepancy_vae_detail::kReference, networks_.latents()}, at::kDouble),
                 at::ones({discrepancy_vae_detail::kReference, networks_.latents()}, at::kDouble)},
      learned_{{}, at::zeros({0, networks_.latents()}, at::kDouble), at::zeros({0}, at::kDouble)} {}

Vocabulary DiscrepancyVae::vocabulary() const {
  auto vocabulary = Model::vocabulary();
  vocabulary.actions.insert(vocabulary.actions.end(), learned_.names.begin(), learned_.names.end());
  return vocabulary;
}

std::vector<Stage> DiscrepancyVae::stages() const {
  Stage stage{"discrepancy", settings_.steps, {}};
  stage.needs.kind = BatchNeeds::Kind::kContext;
  stage.needs.control = settings_.batch;
  stage.needs.treated = settings_.batch;
  return {stage};
}

void DiscrepancyVae::begin_stage(std::size_t, const TrainingView& view) {
  for (const auto& context : view.contexts()) {
    const bool treated = !context.treated.empty();
    if (treated && !context.control.empty()) continue;
    throw Error(ErrorKind::kData, treated ? "an intervention has no control cells to start from"
                                          : "an intervention has no cells to learn from")
        .at("context " + to_string(context.context))
        .expected("at least one treated and one control cell");
  }
}

std::pair<at::Tensor, at::Tensor> DiscrepancyVae::targets_and_shifts(double temperature) const {
  return {at::cat({networks_.targets(temperature), at::softmax(learned_.logits, 1)}),
          at::cat({networks_.shifts(), learned_.shifts}).unsqueeze(1)};
}

at::Tensor DiscrepancyVae::doses(const Context& context) const {
  return encode_actions(vocabulary(), context).to(at::kDouble);
}

at::Tensor DiscrepancyVae::shift_of(const Context& context, double temperature) const {
  const auto [targets, shifts] = targets_and_shifts(temperature);
  return at::mv((targets * shifts).t(), doses(context));
}

at::Tensor DiscrepancyVae::generated(const at::Tensor& exogenous) const {
  return networks_.decode(networks_.causal(exogenous));
}

Losses DiscrepancyVae::step(const Batch& batch, const StepInfo& info) {
  const double progress = static_cast<double>(info.step) / static_cast<double>(settings_.steps);
  const double temperature = 1.0 + (settings_.temperature.most - 1.0) * settings_.temperature.share(progress);
  const auto x = batch.control.to(at::kDouble);
  const auto count = x.size(0);

  const auto posterior = networks_.encode(x);
  draws_.set_counter(static_cast<std::uint64_t>(counter_.item<std::int64_t>()));
  const auto noise = normal_tensor(draws_, {count, networks_.latents()}, 1.0, at::kDouble);
  counter_.fill_(static_cast<std::int64_t>(draws_.counter()));
  const auto z = posterior.mean + posterior.variance.sqrt() * noise;
  const auto shift = shift_of(task_.contexts[static_cast<std::size_t>(batch.context)], temperature);
  const auto both = generated(at::cat({z + shift, z}));
  const auto predicted = both.narrow(0, 0, count);

  const auto discrepancy = kernel_discrepancy(predicted.detach(), batch.treated, settings_.kernels, /*gradient=*/true);
  const auto reconstruction = (both.narrow(0, count, count) - x).square().mean();
  const auto divergence =
      (posterior.mean.square() + posterior.variance - posterior.variance.log() - 1.0).sum() * (0.5 / count);
  const auto edges = networks_.edge_sum();
  const auto rest = reconstruction + settings_.divergence.at(progress) * divergence + settings_.edge_penalty * edges;
  const auto gradients =
      torch::autograd::grad({rest, predicted}, networks_.trainable(),
                            {at::ones_like(rest), discrepancy.gradient * settings_.discrepancy.at(progress)});
  Losses losses{{"discrepancy", discrepancy.value},
                {"reconstruction", reconstruction.item<double>()},
                {"divergence", divergence.item<double>()},
                {"edges", edges.item<double>()}};
  adam_.step(gradients, info.learning_rate);
  return losses;
}

void DiscrepancyVae::end_training(const TrainingView& view) {
  std::set<std::int64_t> distinct;
  for (const auto& context : view.contexts()) distinct.insert(context.control.begin(), context.control.end());
  const std::vector<std::int64_t> all(distinct.begin(), distinct.end());
  if (all.empty()) return;
  std::vector<std::int64_t> rows;
  for (const auto i : discrepancy_vae_detail::spaced(std::ssize(all), discrepancy_vae_detail::kReference)) {
    rows.push_back(all[static_cast<std::size_t>(i)]);
  }
  const c10::NoGradGuard no_grad;
  const auto posterior = networks_.encode(view.rows(rows).to(at::kDouble));
  reference_.mean.copy_(posterior.mean);
  reference_.variance.copy_(posterior.variance);
}

at::Tensor DiscrepancyVae::predict(const at::Tensor& control, const Context& context) const {
  const c10::NoGradGuard no_grad;
  const auto shift = shift_of(context, settings_.temperature.most);
  std::vector<at::Tensor> parts;
  for (const auto& part : control.split(discrepancy_vae_detail::kPart)) {
    const auto x = part.to(at::kDouble);
    const auto posterior = networks_.encode(x);
    auto z = posterior.mean;
    if (settings_.draw) z = z + posterior.variance.sqrt() * noise_(x);
    parts.push_back(generated(z + shift).to(control.scalar_type()));
  }
  return at::cat(parts);
}

State DiscrepancyVae::state() const {
  State state;
  networks_.append_to(state, "networks.");
  adam_.append_to(state, "adam.");
  append_state(state, noise_.state(), "noise.");
  append_state(state,
               {{"draws", counter_},
                {"reference.mean", reference_.mean},
                {"reference.variance", reference_.variance},
                {"learned.logits", learned_.logits.detach()},
                {"learned.shifts", learned_.shifts.detach()}},
               "");
  return state;
}

void DiscrepancyVae::load_state(const State& given) { copy_state(given, state()); }

Script DiscrepancyVae::export_script() const {
  const c10::NoGradGuard no_grad;
  const auto [targets, shifts] = targets_and_shifts(settings_.temperature.most);
  Script script;
  script.source = networks_.script() + CellNoise::script();
  networks_.append_script_tensors(script.tensors);
  noise_.append_script_tensors(script.tensors);
  script.tensors.emplace_back("action_shifts", (targets * shifts).detach());
  const auto count = std::to_string(networks_.latents());
  // The context vector: the shift of z [L].
  script.source +=
      "def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:\n"
      "    return torch.mv(self.action_shifts.t(), actions.type_as(self.action_shifts))\n\n"
      "def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n"
      "    x = cells.type_as(self.action_shifts)\n"
      "    code = self.encoder(x)\n"
      "    z = code[:, :" +
      count + "]\n";
  if (settings_.draw) {
    script.source += "    variance = torch.clamp(torch.softplus(code[:, " + count +
                     ":]), min=1e-12)\n"
                     "    z = z + torch.sqrt(variance) * self.cell_noise(x)\n";
  }
  script.source += "    return self.decoder(self.causal(z + context)).type_as(cells)\n\n";
  return script;
}

}  // namespace brenier::models
