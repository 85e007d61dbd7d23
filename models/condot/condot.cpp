#include "models/condot/condot.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <limits>

#include "core/error.h"
#include "models/condot/gaussian_maps.h"
#include "models/latent/latent_transport.h"
#include "models/nn/parameters.h"

namespace brenier::models {
namespace condot_detail {

constexpr std::int64_t kWidestLatent = 1024;

PicnnShape shape_of(const CondotSettings& settings, const Task& task, const SetFeatures& features, std::int64_t width) {
  if (width > kWidestLatent) {
    throw Error(ErrorKind::kUsage, "the space is too wide for one quadratic a training context")
        .at("model.latent")
        .found(std::to_string(width) + " dimensions, " + std::to_string(task.contexts.size()) + " contexts")
        .expected("at most " + std::to_string(kWidestLatent) + " dimensions")
        .hint("choose model.latent.kind autoencoder or pca, or fewer genes");
  }
  const auto contexts = static_cast<std::int64_t>(task.contexts.size());
  auto input = contexts;
  if (settings.context == "none") input = 1;
  if (settings.context != "kernel" && settings.context != "none") {
    input = features.width() + features.plain_covariates().size(0) + features.traits();
  }
  return {width, input, contexts};
}

SetFeatureSettings features_of(const CondotSettings& settings) {
  // Where a set as a whole is compared, a learned combinator has no fixed place: the mean stands for it. Where
  // displacements add up, places are compared for single actions only.
  const bool pooled = settings.combinator == "mean" || settings.combinator == "max";
  return {settings.context,
          pooled                             ? settings.combinator
          : settings.combinator == "deepset" ? "mean"
                                             : "sum",
          settings.dose_scale, settings.embedding_width, settings.unseen_actions == "mean"};
}

KernelSettings kernel_of(const CondotSettings& settings, const SetFeatures& features) {
  const auto& numeric = features.numeric_traits();
  return {settings.combinator != "sum", settings.context == "dose", settings.dose_scale == "log",
          numeric.size() == 1 ? numeric.front() : -1};
}

}  // namespace condot_detail

Condot::Condot(const CondotSettings& settings, const Task& task, std::uint64_t seed)
    : settings_(settings),
      task_(task),
      stream_(seed, "condot weights"),
      latent_(make_latent_space(settings.latent, static_cast<std::int64_t>(task.genes.size()), stream_)),
      features_(condot_detail::features_of(settings), task),
      kernel_(static_cast<std::int64_t>(task.contexts.size()), static_cast<std::int64_t>(task.actions.size()),
              latent_->width(), features_.width(), features_.traits(), condot_detail::kernel_of(settings, features_)),
      f_(settings.potential, condot_detail::shape_of(settings, task, features_, latent_->width()),
         positivity_from(settings.potential.positivity_f), stream_),
      g_(settings.potential, condot_detail::shape_of(settings, task, features_, latent_->width()),
         positivity_from(settings.potential.positivity_g), stream_),
      f_adam_({f_.trainable()}, settings.optimiser),
      g_adam_({g_.trainable()}, settings.optimiser),
      trainer_(g_),
      single_trainer_(g_),
      stress_(at::zeros({})),
      seed_(seed),
      origin_(at::zeros({latent_->width()})),
      scale_(at::ones({})),
      floor_(at::full({}, std::numeric_limits<float>::lowest())) {
  if (settings.combinator != "deepset") return;
  RandomStream stream(seed, "condot sets");
  f_set_ = std::make_unique<DeepSet>(features_.width(), stream);
  g_set_ = std::make_unique<DeepSet>(features_.width(), stream);
  f_set_adam_ = std::make_unique<Adam>(f_set_->trainable(), settings.optimiser);
  g_set_adam_ = std::make_unique<Adam>(g_set_->trainable(), settings.optimiser);
}

std::vector<Stage> Condot::stages() const {
  return latent_stages(settings_.latent, settings_.steps,
                       settings_.batch * (settings_.dual == "single" ? 1 : settings_.inner), settings_.batch);
}

void Condot::begin_stage(std::size_t stage, const TrainingView& view) {
  if (stage == 0) latent_->begin(view);
  if (stage + 1 == stages().size()) begin_transport(view);
}

void Condot::begin_transport(const TrainingView& view) {
  const c10::NoGradGuard no_grad;
  const float lowest = lowest_value(view);
  floor_.fill_(lowest);

  if (lowest < 0 && settings_.readout == "fold") {
    throw Error(ErrorKind::kData, "readout 'fold' needs values that are not negative, and some training values are")
        .at("model.readout")
        .expected("counts or their logarithms; 'direct' or 'residual' for other values");
  }

  const auto latents = encode_all(*latent_, view);
  fit_contexts(view, latents);
  origin_.copy_(kernel_.descriptors().mean(0));
  std::vector<GaussianPair> pairs;
  std::vector<at::Tensor> controls;
  for (std::size_t k = 0; k < view.contexts().size(); ++k) {
    const auto& context = view.contexts()[k];
    const auto centre = origin(kernel_.descriptors()[static_cast<std::int64_t>(k)]);
    pairs.push_back({select_cells(latents, context.control) - centre, select_cells(latents, context.treated) - centre});
    controls.push_back(pairs.back().source);
  }
  const double scale = control_scale(controls);
  scale_.fill_(scale);
  if (settings_.context == "mode_of_action") place_actions(view, latents);
  if (settings_.bandwidth > 0) {
    kernel_.set_bandwidth(settings_.bandwidth);
  } else {
    kernel_.choose_bandwidth(view, settings_.retention);
  }
  if (settings_.potential.initialisation != "gaussian") return;
  for (auto& pair : pairs) {
    pair.source = pair.source / scale;
    pair.target = pair.target / scale;
  }
  const auto maps = gaussian_maps(pairs, settings_.prior_cells, settings_.ridge);
  g_.set_quadratics(maps.forward.factors, maps.forward.centres);
  f_.set_quadratics(maps.inverse.factors, maps.inverse.centres);
}

Losses Condot::step(const Batch& batch, const StepInfo& info) {
  if (trains_latent() && info.stage == 0) return latent_->step(batch.cells, info.learning_rate);
  const auto& context = task_.contexts[static_cast<std::size_t>(batch.context)];
  const auto centre = kernel_.descriptors()[batch.context];
  const auto from = origin(centre);
  const auto control = (batch.control - from) / scale_;
  const auto treated = (batch.treated - from) / scale_;
  const auto input = context_input(context, centre);
  const DualBatch dual{.context = input.path,
                       .kappa = input.kappa,
                       .source = control,
                       .target = treated,
                       .inner = settings_.inner,
                       .factor = info.learning_rate,
                       .f_context = input.f_path,
                       .context_gradients = g_set_ != nullptr};
  if (settings_.dual == "single") {
    const auto losses = single_trainer_.step({g_, g_adam_}, dual);
    return {{"dual", losses.dual}, {"unsolved", losses.unsolved}};
  }
  const auto losses = trainer_.step({f_, f_adam_}, {g_, g_adam_}, dual);
  if (g_set_) set_step(input, losses, info.learning_rate);
  Losses out{{"map", losses.map},
             {"potential", losses.potential},
             {"dual", losses.dual},
             {"convexity", g_.convexity_violation()}};
  if (settings_.context == "mode_of_action") out.emplace_back("stress", stress_.item<double>());
  return out;
}

at::Tensor Condot::embed(const at::Tensor& cells) const { return latent_->encode(cells); }

at::Tensor Condot::transport(const at::Tensor& relative, std::int64_t training_context) const {
  const c10::NoGradGuard no_grad;
  const auto input = context_input(task_.contexts[static_cast<std::size_t>(training_context)],
                                   kernel_.descriptors()[training_context]);
  return g_.at(input.path, input.kappa).map(relative);
}

at::Tensor Condot::predict(const at::Tensor& control, const Context& context) const {
  const c10::NoGradGuard no_grad;
  const auto z = latent_->encode(control);
  const auto centre = z.mean(0);
  const auto input = context_input(context, centre);
  const auto moved = g_.at(input.path, input.kappa).map((z - origin(centre)) / scale_);
  const auto near = ContextKernel::shares(input.means);
  const auto similar = near.matmul(kernel_.descriptors()) / near.sum();
  const auto from = settings_.anchor_mean ? centre : origin(centre);
  auto shift = from - (1.0 - settings_.retention) * (centre - similar);
  if (settings_.anchor_mean) shift = shift + input.means.matmul(kernel_.shifts()) - scale_ * moved.mean(0);
  return at::maximum(read_out(control, z, moved * scale_ + shift), floor_);
}

at::Tensor Condot::read_out(const at::Tensor& control, const at::Tensor& before, const at::Tensor& after) const {
  const auto b = latent_->decode(after);
  if (settings_.readout == "direct") return b;
  const auto a = latent_->decode(before);
  if (settings_.readout == "residual") return control + b - a;
  const auto from = a.clamp_min(0) + kFoldOffset;
  const auto to = b.clamp_min(0) + kFoldOffset;
  return at::where(to >= from, control + to - from, control * to / from);
}

State Condot::state() const {
  State state;
  append_state(state, latent_->state(), "latent.");
  append_state(state, features_.state(), "features.");
  append_state(state, kernel_.state(), "kernel.");
  append_state(state, f_.state(), "f.");
  append_state(state, g_.state(), "g.");
  f_adam_.append_to(state, "f.adam.");
  g_adam_.append_to(state, "g.adam.");
  if (f_set_) {
    append_state(state, f_set_->state(), "f.set.");
    append_state(state, g_set_->state(), "g.set.");
    f_set_adam_->append_to(state, "f.set.adam.");
    g_set_adam_->append_to(state, "g.set.adam.");
  }
  if (settings_.context == "mode_of_action") state.emplace_back("stress", stress_);
  if (!settings_.relative) state.emplace_back("origin", origin_);
  state.emplace_back("scale", scale_);
  state.emplace_back("floor", floor_);
  return state;
}

void Condot::load_state(const State& given) { copy_state(given, state()); }

}  // namespace brenier::models
