#include "models/svae/svae.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/number_text.h"
#include "models/svae/guided_shifts.h"
#include "models/svae/point_shifts.h"
#include "models/svae/sparse_rotation.h"
#include "models/svae/svae_network.h"

namespace brenier::models {
namespace svae_detail {

VaeShape shape_of(const SvaeSettings& settings, std::int64_t genes) {
  VaeShape shape;
  shape.genes = genes;
  shape.width = settings.latent_width;
  shape.encoder.hidden = settings.hidden;
  shape.encoder.batch_norm = settings.batch_norm;
  shape.encoder.leak = settings.leak;
  shape.encoder.dropout = settings.dropout;
  shape.decoder = shape.encoder;
  shape.decoder.dropout = 0.0;
  std::reverse(shape.decoder.hidden.begin(), shape.decoder.hidden.end());
  shape.standardize = settings.standardize;
  shape.counts = settings.likelihood == "negative_binomial";
  shape.additive = settings.is_additive();
  shape.sees_shift = settings.is_additive() && settings.encoder_sees_shift;
  return shape;
}

std::unique_ptr<Shifts> make_shifts(const SvaeSettings& settings, double gamma, const ActionDesign& design,
                                    Parameters& parameters, RandomStream& stream) {
  if (!settings.has_shifts()) return nullptr;
  if (settings.is_additive()) {
    GuidedShiftSettings guided;
    guided.width = settings.latent_width;
    guided.logit = settings.mask_logit;
    guided.prior = settings.mask_prior;
    guided.correlated = settings.guide == "correlated";
    return std::make_unique<GuidedShifts>(guided, design, parameters, stream);
  }
  PointShiftSettings point;
  point.width = settings.latent_width;
  point.masked = settings.has_masks();
  point.logit = settings.mask_logit;
  point.gamma = settings.variant == "svae_plus" ? gamma : 0.0;
  point.mean_penalty = settings.variant == "svae" ? settings.mask_penalty : 0.0;
  return std::make_unique<PointShifts>(point, design, parameters, stream);
}

constexpr std::int64_t kRotationStarts = 20;

// Linear growth to 1 over `steps`.
double grown(std::int64_t step, std::int64_t steps) {
  return steps > 0 ? std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(steps)) : 1.0;
}

}  // namespace svae_detail

Svae::Network::Network(const SvaeSettings& settings, std::int64_t genes, const ActionDesign& design, double gamma,
                       RandomStream stream)
    : init(stream),
      vae(svae_detail::shape_of(settings, genes), parameters, init),
      shifts(svae_detail::make_shifts(settings, gamma, design, parameters, init)),
      adam(parameters.tensors(), settings.optimiser) {}

State Svae::Network::weights() const {
  State state;
  parameters.append_to(state, "");
  append_state(state, vae.state(), "");
  return state;
}

State Svae::Network::state() const {
  State state = weights();
  adam.append_to(state, "adam.");
  return state;
}

Svae::Svae(const SvaeSettings& settings, const Task& task, std::uint64_t seed)
    : settings_(settings),
      task_(task),
      seed_(seed),
      design_(task),
      left_out_(task, settings.held_out_share, seed),
      network_(make_network(settings.gamma, 0)),
      cells_(at::ones({}, at::kDouble)),
      origin_(at::zeros({settings.latent_width})),
      counters_(at::zeros({3}, at::kLong)),
      scores_(at::zeros({std::ssize(settings.gammas)}, at::kDouble)),
      gamma_(at::full({}, settings.gamma, at::kDouble)),
      prior_(at::ones({4}, at::kDouble)),
      masks_(seed, "svae masks"),
      noise_(seed, "svae noise"),
      dropout_(seed, "svae dropout") {}

Svae::~Svae() = default;

std::unique_ptr<Svae::Network> Svae::make_network(double gamma, std::size_t stage) const {
  return std::make_unique<Network>(settings_, static_cast<std::int64_t>(task_.genes.size()), design_, gamma,
                                   RandomStream(seed_, "svae weights " + std::to_string(stage)));
}

Vocabulary Svae::vocabulary() const {
  auto vocabulary = Model::vocabulary();
  vocabulary.unknown_actions = !settings_.has_shifts();
  return vocabulary;
}

std::vector<Stage> Svae::stages() const {
  BatchNeeds needs;
  needs.kind = BatchNeeds::Kind::kCells;
  needs.cells = settings_.batch;
  std::vector<Stage> stages;
  if (settings_.chooses_gamma()) {
    for (const double gamma : settings_.gammas) {
      stages.push_back({"gamma " + number_text(gamma), settings_.steps, needs, /*embedded=*/false, /*scored=*/false});
    }
  }
  stages.push_back({"vae", settings_.steps, needs, /*embedded=*/false, /*scored=*/true, masks_settled()});
  return stages;
}

void Svae::begin_stage(std::size_t stage, const TrainingView& view) {
  if (settings_.has_shifts() && view.contexts().empty()) {
    throw Error(ErrorKind::kData, "no training cell has an action, so there is no shift to learn")
        .at("split.train")
        .expected("perturbed cells in training; kind 'vae' learns without");
  }
  cells_.fill_(static_cast<double>(view.size()));
  if (settings_.chooses_gamma()) {
    if (!left_out_.any_trains()) {
      throw Error(ErrorKind::kData, "gamma cannot be chosen: no action is left to learn from when some are left out")
          .at("model.gamma_rule")
          .expected("a smaller model.held_out_share, or more actions")
          .hint("gamma_rule 'fixed' takes gamma as it is");
    }
    if (stage > 0) scores_[static_cast<std::int64_t>(stage) - 1] = score_left_out(view);
    const bool last = stage == settings_.gammas.size();
    const auto chosen = last ? static_cast<std::size_t>(scores_.argmax().item<std::int64_t>()) : stage;
    gamma_.fill_(settings_.gammas[chosen]);
    network_ = make_network(settings_.gammas[chosen], last ? 0 : stage + 1);
    if (!last) {
      for (std::size_t k = 0; k < view.contexts().size(); ++k) {
        if (left_out_.trains(static_cast<std::int64_t>(k))) continue;
        cells_ -= static_cast<double>(view.contexts()[k].treated.size());
      }
    }
  }
  network_->vae.fit(view);
}

Losses Svae::step(const Batch& given, const StepInfo& info) {
  const c10::NoGradGuard no_grad;
  const bool comparing = settings_.chooses_gamma() && info.stage < settings_.gammas.size();
  const auto batch = comparing ? left_out_.kept(given) : given;
  const auto* label = batch.labels.const_data_ptr<std::int64_t>();
  const std::vector<std::int64_t> labels(label, label + batch.labels.size(0));
  const double share = static_cast<double>(info.step) / static_cast<double>(std::max<std::int64_t>(1, settings_.steps));
  const double temperature = settings_.temperature * std::pow(settings_.temperature_end / settings_.temperature, share);
  const double weight = settings_.beta * svae_detail::grown(info.step, settings_.warmup_steps);
  if (settings_.rotation_step > 0 && info.step == settings_.rotation_step && settings_.has_masks()) rotate();
  const std::int64_t since = info.step - settings_.rotation_step;
  const bool refining = settings_.refine_step > 0 && info.step >= settings_.refine_step;
  if (refining && info.step == settings_.refine_step && settings_.has_masks()) refine();
  const double penalty_weight = since < 0 || refining
                                    ? 0.0
                                    : settings_.penalty_weight * svae_detail::grown(since, settings_.warmup_steps) *
                                          svae_detail::grown(since, settings_.penalty_warmup_steps);
  // By what the mean over cells is multiplied: for shifts and masks beside their penalty, and for the networks.
  const double cells = cells_.item<double>();
  const double scale = settings_.variant == "svae_plus" || settings_.is_additive() ? cells : 1.0;
  const double of_networks = settings_.is_additive() ? cells : 1.0;
  // Batch statistics need two cells. One batch less is no harm; training on a cell that was left out would be.
  if (comparing && batch.cells.size(0) < 2) return {};
  masks_.set_counter(static_cast<std::uint64_t>(counters_[0].item<std::int64_t>()));
  noise_.set_counter(static_cast<std::uint64_t>(counters_[1].item<std::int64_t>()));
  dropout_.set_counter(static_cast<std::uint64_t>(counters_[2].item<std::int64_t>()));

  auto& parts = *network_;
  const auto shifts = parts.shifts ? parts.shifts->draw(labels, settings_.particles, temperature, masks_)
                                   : at::zeros({settings_.particles * batch.cells.size(0), settings_.latent_width});
  std::vector<at::Tensor> gradients;
  const auto result = parts.vae.step(batch.cells, shifts, weight, of_networks, noise_, dropout_, gradients);
  Losses losses{{"reconstruction", -result.log_likelihood}, {"kl", result.divergence}};
  if (parts.shifts) {
    const double penalty = parts.shifts->backward(result.shifts * (scale / of_networks), penalty_weight, gradients);
    if (settings_.has_masks()) {
      losses.emplace_back("penalty", penalty / scale);
      losses.emplace_back("mask_density", parts.shifts->masks().mean().item<double>());
    }
  }
  parts.adam.step(std::move(gradients), info.learning_rate);

  auto* counter = counters_.mutable_data_ptr<std::int64_t>();
  counter[0] = static_cast<std::int64_t>(masks_.counter());
  counter[1] = static_cast<std::int64_t>(noise_.counter());
  counter[2] = static_cast<std::int64_t>(dropout_.counter());
  return losses;
}

// When masks are what they will be, or at least have felt the whole penalty.
std::int64_t Svae::masks_settled() const {
  if (!settings_.has_masks()) return 0;
  if (settings_.refine_step > 0) return settings_.refine_step;
  return settings_.rotation_step + std::max(settings_.warmup_steps, settings_.penalty_warmup_steps);
}

bool Svae::penalizes_masks() const {
  if (settings_.variant == "svae") return settings_.mask_penalty > 0.0;
  return settings_.has_masks() && (settings_.is_additive() || gamma_.item<double>() > 1.0);
}

void Svae::rotate() {
  RandomStream stream(seed_, "svae rotation");
  const auto rotation = sparse_rotation(network_->shifts->values(), svae_detail::kRotationStarts, stream);
  network_->vae.rotate(rotation);
  network_->shifts->rotate(rotation);
  // Moments of the shifts belong to the axes that were.
  network_->adam = Adam(network_->parameters.tensors(), settings_.optimiser);
}

// Masks that are drawn less than always leave some cells with a prior that lacks their shift: what they ended at is
// taken.
void Svae::refine() {
  const auto shifts = network_->shifts->values().clone();
  network_->shifts->fix(shifts, network_->shifts->masks());
  network_->adam = Adam(network_->parameters.tensors(), settings_.optimiser);
}

State Svae::state() const {
  State state = network_->state();
  append_state(state,
               {{"cells", cells_},
                {"origin", origin_},
                {"counters", counters_},
                {"scores", scores_},
                {"gamma", gamma_},
                {"shift_prior", prior_}},
               "");
  return state;
}

void Svae::load_state(const State& given) { copy_state(given, state()); }

}  // namespace brenier::models
