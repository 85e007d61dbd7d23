#include "models/cmonge/cmonge.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "models/condot/mode_of_action.h"
#include "models/latent/latent_transport.h"
#include "models/nn/parameters.h"

namespace brenier::models {
namespace cmonge_detail {

constexpr std::int64_t kMostCells = 512;  // a population, for the mean cost

SetFeatureSettings features_of(const CmongeSettings& settings) {
  return {settings.context, "mean", settings.dose_scale, settings.embedding_width, settings.unseen_actions == "mean"};
}

ContextMapShape shape_of(const CmongeSettings& settings, const SetFeatures& features, std::int64_t width) {
  const auto actions = features.rows().size(1);
  return {.width = width,
          .actions = actions,
          .doses = features.width() - actions,
          .covariates = features.plain_covariates().size(0) + features.traits(),
          .action_width = settings.action_width,
          .covariate_width = settings.covariate_width,
          .hidden = settings.hidden};
}

// At most kMostCells rows, evenly spaced.
at::Tensor some(const at::Tensor& cells) {
  const auto count = cells.size(0);
  if (count <= kMostCells) return cells;
  return cells.index_select(0, at::floor_divide(at::arange(kMostCells, at::kLong) * count, kMostCells));
}

}  // namespace cmonge_detail

Cmonge::Cmonge(const CmongeSettings& settings, const Task& task, std::uint64_t seed)
    : settings_(settings),
      task_(task),
      stream_(seed, "cmonge weights"),
      seed_(seed),
      latent_(make_latent_space(settings.latent, static_cast<std::int64_t>(task.genes.size()), stream_)),
      features_(cmonge_detail::features_of(settings), task),
      map_(cmonge_detail::shape_of(settings, features_, latent_->width()), stream_),
      adam_(map_.trainable(), settings.optimiser),
      cost_(ot::cost_by_name(settings.cost)),
      centres_(at::zeros({static_cast<std::int64_t>(task.contexts.size()), latent_->width()})),
      origin_(at::zeros({latent_->width()})),
      scale_(at::ones({})),
      unit_(at::ones({})),
      floor_(at::full({}, std::numeric_limits<float>::lowest())),
      stress_(at::zeros({})) {}

std::vector<Stage> Cmonge::stages() const {
  return latent_stages(settings_.latent, settings_.steps, settings_.batch, settings_.batch);
}

void Cmonge::begin_stage(std::size_t stage, const TrainingView& view) {
  if (stage == 0) latent_->begin(view);
  if (stage + 1 == stages().size()) begin_transport(view);
}

void Cmonge::begin_transport(const TrainingView& view) {
  namespace detail = cmonge_detail;
  const c10::NoGradGuard no_grad;
  floor_.fill_(lowest_value(view));

  const auto latents = encode_all(*latent_, view);
  const auto& contexts = view.contexts();
  std::vector<at::Tensor> controls;
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    controls.push_back(select_cells(latents, contexts[k].control).to(at::kDouble));
    centres_[static_cast<std::int64_t>(k)].copy_(controls.back().mean(0));
  }
  origin_.copy_(centres_.mean(0));
  const double scale = control_scale(controls);
  scale_.fill_(scale);
  double cost = 0.0;
  for (const auto& context : contexts) {
    cost += ot::cost_matrix(cost_, detail::some(select_cells(latents, context.control)) / scale,
                            detail::some(select_cells(latents, context.treated)) / scale)
                .mean()
                .item<double>();
  }
  unit_.fill_(cost / static_cast<double>(contexts.size()));
  if (settings_.context != "mode_of_action") return;
  const auto places =
      mode_of_action(action_populations(view, latents, scale), {.width = settings_.embedding_width}, seed_);
  features_.set_rows(places.places);
  stress_.fill_(places.stress);
}

at::Tensor Cmonge::code(const Context& context) const {
  const auto covariates = encode_covariates(features_.vocabulary(), context);
  return map_.code(
      features_.items(encode_actions(features_.vocabulary(), context)),
      at::cat({covariates.index_select(0, features_.plain_covariates()), features_.trait_row(covariates)}));
}

Losses Cmonge::step(const Batch& batch, const StepInfo& info) {
  if (trains_latent() && info.stage == 0) return latent_->step(batch.cells, info.learning_rate);
  const auto from = origin(centres_[batch.context]);
  const auto control = (batch.control - from) / scale_;
  const auto treated = (batch.treated - from) / scale_;
  const auto mapped = map_(control, code(task_.contexts[static_cast<std::size_t>(batch.context)]));
  const double unit = unit_.item<double>();
  MapLossSettings settings;
  settings.cost = cost_;
  settings.epsilon = settings_.epsilon * unit;
  settings.gap_weight = settings_.gap_weight;
  settings.gap_epsilon = settings_.gap_epsilon * unit;
  const auto loss = map_loss(control, mapped, treated, settings);
  Losses out{{"divergence", loss.divergence}, {"gap", loss.gap}, {"unsolved", loss.unsolved}};
  if (settings_.context == "mode_of_action") out.emplace_back("stress", stress_.item<double>());
  adam_.step(torch::autograd::grad({loss.value}, map_.trainable()), info.learning_rate);
  return out;
}

at::Tensor Cmonge::embed(const at::Tensor& cells) const { return latent_->encode(cells); }

at::Tensor Cmonge::predict(const at::Tensor& control, const Context& context) const {
  const c10::NoGradGuard no_grad;
  const auto z = latent_->encode(control);
  const auto from = origin(z.mean(0));
  auto moved = latent_->decode(map_((z - from) / scale_, code(context)) * scale_ + from);
  if (settings_.readout == "residual") moved = control + moved - latent_->decode(z);
  return at::maximum(moved, floor_);
}

State Cmonge::state() const {
  State state;
  append_state(state, latent_->state(), "latent.");
  append_state(state, features_.state(), "features.");
  append_state(state, map_.state(), "map.");
  adam_.append_to(state, "map.adam.");
  append_state(state,
               {{"centres", centres_}, {"origin", origin_}, {"scale", scale_}, {"unit", unit_}, {"floor", floor_}}, "");
  if (settings_.context == "mode_of_action") state.emplace_back("stress", stress_);
  return state;
}

void Cmonge::load_state(const State& given) { copy_state(given, state()); }

Script Cmonge::export_script() const {
  Script script;
  for (const auto& part : {latent_->script(), features_.script(), map_.script()}) {
    script.source += part.source;
    script.tensors.insert(script.tensors.end(), part.tensors.begin(), part.tensors.end());
  }
  script.tensors.emplace_back("origin", origin_);
  script.tensors.emplace_back("scale", scale_);
  script.tensors.emplace_back("floor", floor_);
  const auto width = std::to_string(latent_->width());
  // The context vector: origin [L], e(c) [E].
  script.source +=
      "def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:\n"
      "    given = torch.cat([self.other_covariates(covariates), self.trait_row(covariates)])\n"
      "    code = self.map_code(self.set_items(actions), given)\n";
  script.source +=
      settings_.relative ? "    origin = torch.mean(self.encode(control), 0)\n" : "    origin = self.origin\n";
  script.source +=
      "    return torch.cat([origin, code])\n\ndef forward(self, cells: Tensor, context: Tensor) -> Tensor:\n";
  script.source += "    z = self.encode(cells)\n    origin = context[:" + width + "]\n";
  script.source += "    moved = self.map_cells((z - origin) / self.scale, context[" + width + ":])\n";
  script.source += "    x = self.decode(moved * self.scale + origin)\n";
  if (settings_.readout == "residual") script.source += "    x = cells + x - self.decode(z)\n";
  script.source += "    return torch.maximum(x, self.floor)\n\n";
  return script;
}

}  // namespace brenier::models
