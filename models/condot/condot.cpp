#include "models/condot/condot.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/number_text.h"
#include "models/condot/gaussian_maps.h"
#include "models/nn/parameters.h"

namespace brenier::models {
namespace condot_detail {

constexpr std::int64_t kWidestLatent = 1024;
constexpr double kFoldOffset = 0.05;  // keeps ratios of small decoded values near 1

PicnnShape shape_of(const CondotSettings& settings, const Task& task, std::int64_t width) {
  if (width > kWidestLatent) {
    throw Error(ErrorKind::kUsage, "the space is too wide for one quadratic a training context")
        .at("model.latent")
        .found(std::to_string(width) + " dimensions, " + std::to_string(task.contexts.size()) + " contexts")
        .expected("at most " + std::to_string(kWidestLatent) + " dimensions")
        .hint("choose model.latent.kind autoencoder or pca, or fewer genes");
  }
  const auto contexts = static_cast<std::int64_t>(task.contexts.size());
  auto input = contexts;
  if (settings.context == "one_hot") {
    input = static_cast<std::int64_t>(task.actions.size());
    for (const auto& [column, values] : task.covariates) input += static_cast<std::int64_t>(values.size());
  }
  return {width, input, contexts};
}

at::Tensor select(const at::Tensor& cells, const std::vector<std::int64_t>& rows) {
  return cells.index_select(0, at::tensor(rows, at::kLong));
}

}  // namespace condot_detail

Condot::Condot(const CondotSettings& settings, const Task& task, std::uint64_t seed)
    : settings_(settings),
      task_(task),
      stream_(seed, "condot weights"),
      latent_(make_latent_space(settings.latent, static_cast<std::int64_t>(task.genes.size()), stream_)),
      kernel_(static_cast<std::int64_t>(task.contexts.size()), static_cast<std::int64_t>(task.actions.size()),
              latent_->width()),
      f_(settings.potential, condot_detail::shape_of(settings, task, latent_->width()),
         positivity_from(settings.potential.positivity_f), stream_),
      g_(settings.potential, condot_detail::shape_of(settings, task, latent_->width()),
         positivity_from(settings.potential.positivity_g), stream_),
      f_adam_({f_.trainable()}, settings.optimiser),
      g_adam_({g_.trainable()}, settings.optimiser),
      trainer_(g_),
      single_trainer_(g_),
      scale_(at::ones({})),
      floor_(at::full({}, std::numeric_limits<float>::lowest())) {}

std::vector<Stage> Condot::stages() const {
  std::vector<Stage> stages;
  if (trains_latent()) {
    Stage stage{
        .name = "autoencoder", .steps = settings_.latent.steps, .needs = {}, .embedded = false, .scored = false};
    stage.needs.kind = BatchNeeds::Kind::kCells;
    stage.needs.cells = settings_.latent.batch;
    stages.push_back(stage);
  }
  Stage stage{.name = "transport", .steps = settings_.steps, .needs = {}, .embedded = true, .scored = true};
  stage.needs.kind = BatchNeeds::Kind::kContext;
  stage.needs.control = settings_.batch * (settings_.dual == "single" ? 1 : settings_.inner);
  stage.needs.treated = settings_.batch;
  stages.push_back(stage);
  return stages;
}

void Condot::begin_stage(std::size_t stage, const TrainingView& view) {
  if (stage == 0) latent_->begin(view);
  if (stage + 1 == stages().size()) begin_transport(view);
}

void Condot::begin_transport(const TrainingView& view) {
  const c10::NoGradGuard no_grad;
  bool negative = false;
  for_each_chunk(view,
                 [&](const at::Tensor& cells, std::int64_t) { negative = negative || cells.min().item<float>() < 0; });
  floor_.fill_(negative ? std::numeric_limits<float>::lowest() : 0.0F);

  if (negative && settings_.readout == "fold") {
    throw Error(ErrorKind::kData, "readout 'fold' needs values that are not negative, and some training values are")
        .at("model.readout")
        .expected("counts or their logarithms; 'direct' or 'residual' for other values");
  }

  const auto latents = encode_all(*latent_, view);
  kernel_.fit(view, latents);
  if (settings_.bandwidth > 0) {
    kernel_.set_bandwidth(settings_.bandwidth);
  } else {
    kernel_.choose_bandwidth(view, settings_.retention);
  }
  std::vector<GaussianPair> pairs;
  double variance = 0.0;
  for (std::size_t k = 0; k < view.contexts().size(); ++k) {
    const auto& context = view.contexts()[k];
    const auto centre = kernel_.descriptors()[static_cast<std::int64_t>(k)];
    pairs.push_back({condot_detail::select(latents, context.control) - centre,
                     condot_detail::select(latents, context.treated) - centre});
    variance += pairs.back().source.to(at::kDouble).var(0, /*unbiased=*/false).mean().item<double>();
  }
  const double scale = std::sqrt(variance / static_cast<double>(pairs.size()));
  if (!(scale > 0.0) || !std::isfinite(scale)) {
    throw Error(ErrorKind::kNumerical, "control cells do not vary in the latent space, so no map can be learned")
        .found("mean standard deviation " + std::to_string(scale));
  }
  scale_.fill_(scale);
  if (settings_.potential.initialisation != "gaussian") return;
  for (auto& pair : pairs) {
    pair.source = pair.source / scale;
    pair.target = pair.target / scale;
  }
  const auto maps = gaussian_maps(pairs, settings_.prior_cells, settings_.ridge);
  g_.set_quadratics(maps.forward.factors, maps.forward.centres);
  f_.set_quadratics(maps.inverse.factors, maps.inverse.centres);
}

Condot::ContextInput Condot::context_input(const Context& context, const at::Tensor& descriptor) const {
  const auto actions = encode_actions(task_, context);
  ContextInput input;
  input.kappa = kernel_.weights(actions, descriptor);
  input.path = settings_.context == "kernel" ? input.kappa : at::cat({actions, encode_covariates(task_, context)});
  return input;
}

Losses Condot::step(const Batch& batch, const StepInfo& info) {
  if (trains_latent() && info.stage == 0) return latent_->step(batch.cells, info.learning_rate);
  const auto& context = task_.contexts[static_cast<std::size_t>(batch.context)];
  const auto centre = kernel_.descriptors()[batch.context];
  const auto control = (batch.control - centre) / scale_;
  const auto treated = (batch.treated - centre) / scale_;
  const auto input = context_input(context, centre);
  const DualBatch dual{.context = input.path,
                       .kappa = input.kappa,
                       .source = control,
                       .target = treated,
                       .inner = settings_.inner,
                       .factor = info.learning_rate};
  if (settings_.dual == "single") {
    const auto losses = single_trainer_.step({g_, g_adam_}, dual);
    return {{"dual", losses.dual}, {"unsolved", losses.unsolved}};
  }
  const auto losses = trainer_.step({f_, f_adam_}, {g_, g_adam_}, dual);
  return {{"map", losses.map}, {"potential", losses.potential}, {"convexity", g_.convexity_violation()}};
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
  const auto moved = g_.at(input.path, input.kappa).map((z - centre) / scale_);
  const auto similar = input.kappa.matmul(kernel_.descriptors()) / input.kappa.sum();
  auto shift = centre - (1.0 - settings_.retention) * (centre - similar);
  if (settings_.anchor_mean) shift = shift + input.kappa.matmul(kernel_.shifts()) - scale_ * moved.mean(0);
  return at::maximum(read_out(control, z, moved * scale_ + shift), floor_);
}

at::Tensor Condot::read_out(const at::Tensor& control, const at::Tensor& before, const at::Tensor& after) const {
  const auto b = latent_->decode(after);
  if (settings_.readout == "direct") return b;
  const auto a = latent_->decode(before);
  if (settings_.readout == "residual") return control + b - a;
  const auto from = a.clamp_min(0) + condot_detail::kFoldOffset;
  const auto to = b.clamp_min(0) + condot_detail::kFoldOffset;
  return at::where(to >= from, control + to - from, control * to / from);
}

State Condot::state() const {
  State state;
  const auto append = [&state](const State& part, const std::string& prefix) {
    for (const auto& [name, tensor] : part) state.emplace_back(prefix + name, tensor);
  };
  append(latent_->state(), "latent.");
  append(kernel_.state(), "kernel.");
  append(f_.state(), "f.");
  append(g_.state(), "g.");
  f_adam_.append_to(state, "f.adam.");
  g_adam_.append_to(state, "g.adam.");
  state.emplace_back("scale", scale_);
  state.emplace_back("floor", floor_);
  return state;
}

void Condot::load_state(const State& given) { copy_state(given, state()); }

Script Condot::export_script() const {
  Script script;
  const auto append = [&script](const Script& part) {
    script.source += part.source;
    script.tensors.insert(script.tensors.end(), part.tensors.begin(), part.tensors.end());
  };
  append(latent_->script());
  append(kernel_.script());
  append(g_.script());
  script.tensors.emplace_back("scale", scale_);
  script.tensors.emplace_back("floor", floor_);
  const auto width = std::to_string(latent_->width());
  // The context vector: control mean [L], shift [L], then the weights of the context's potential.
  script.source += R"(def encode_context(self, control: Tensor, actions: Tensor, covariates: Tensor) -> Tensor:
    z = self.encode(control)
    centre = torch.mean(z, 0)
    kappa = self.kernel_weights(actions, centre)
    path = )";
  script.source += settings_.context == "kernel" ? "kappa\n" : "torch.cat([actions, covariates])\n";
  script.source += R"(    weights = self.potential(path, kappa)
    similar = torch.mv(self.kernel_descriptors.t(), kappa) / torch.sum(kappa)
    shift = centre - )" +
                   number_text(1.0 - settings_.retention) + R"( * (centre - similar)
)";
  if (settings_.anchor_mean) {
    script.source += R"(    moved = torch.mean(self.transport((z - centre) / self.scale, weights), 0)
    shift = shift + torch.mv(self.kernel_shifts.t(), kappa) - self.scale * moved
)";
  }
  script.source +=
      "    return torch.cat([centre, shift, weights])\n\n"
      "def forward(self, cells: Tensor, context: Tensor) -> Tensor:\n"
      "    z = self.encode(cells)\n"
      "    moved = self.transport((z - context[:" +
      width + "]) / self.scale, context[2 * " + width +
      ":])\n"
      "    x = self.decode(moved * self.scale + context[" +
      width + ":2 * " + width + "])\n";
  if (settings_.readout == "residual") script.source += "    x = cells + x - self.decode(z)\n";
  if (settings_.readout == "fold") {
    const auto offset = number_text(condot_detail::kFoldOffset);
    script.source += "    a = torch.clamp(self.decode(z), min=0.0) + " + offset +
                     "\n"
                     "    b = torch.clamp(x, min=0.0) + " +
                     offset +
                     "\n"
                     "    x = torch.where(b >= a, cells + b - a, cells * b / a)\n";
  }
  script.source += "    return torch.maximum(x, self.floor)\n\n";
  return script;
}

}  // namespace brenier::models
