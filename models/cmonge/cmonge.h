// CMonge: one conditional map for all contexts, trained on samples of the two populations with the Monge gap as a
// regulariser (harsanyi2024learning; the gap: uscidda2023monge). A plain network, not the gradient of a potential.
//
// Space: z = E(x) in the latent space (autoencoder trained first, principal components, or the genes), relative to the
// mean e of the control population it belongs to (with `relative` false: to one mean for all) and divided by one scale
// s, the root of the mean variance of control cells: xbar = (z - e) / s. With ybar of treated cells of one context c:
//   min  S_eps(T(xbar|c), ybar) + gap_weight gap(xbar, T(xbar|c))         map_loss.h, context_map.h
// Both costs are between cells of the same origin, so relative coordinates change no displacement. Epsilons are in
// units of the mean cost between control and treated cells of a training context, measured once before training.
//
// Prediction: z' = e + s T(xbar|c), x' = D(z'), with readout residual x' = x + D(z') - D(z). x' is cut at 0 when no
// training value is negative. A covariate value that training never had is described by zeros (or its table's row).
//
// Stages: "autoencoder" (only with that latent kind), "transport". Losses: divergence, gap, unsolved (share of solves
// that stopped early), and stress with mode_of_action.
// Errors: kData for an unknown perturbation, naming the known parts; kNumerical when control cells do not vary.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/random.h"
#include "models/cmonge/context_map.h"
#include "models/cmonge/map_loss.h"
#include "models/cmonge/settings.h"
#include "models/condot/set_features.h"
#include "models/latent/latent_space.h"
#include "models/model.h"
#include "models/nn/adam.h"

namespace brenier::models {

class Cmonge final : public Model {
 public:
  Cmonge(const CmongeSettings& settings, const Task& task, std::uint64_t seed);

  [[nodiscard]] std::string kind() const override { return "cmonge"; }
  [[nodiscard]] const Task& task() const override { return task_; }
  [[nodiscard]] Vocabulary vocabulary() const override { return features_.vocabulary(); }
  [[nodiscard]] std::vector<Stage> stages() const override;
  void begin_stage(std::size_t stage, const TrainingView& view) override;
  Losses step(const Batch& batch, const StepInfo& info) override;
  [[nodiscard]] at::Tensor embed(const at::Tensor& cells) const override;
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const override;
  [[nodiscard]] State state() const override;
  void load_state(const State& state) override;
  [[nodiscard]] Script export_script() const override;

 private:
  [[nodiscard]] bool trains_latent() const { return settings_.latent.kind == "autoencoder"; }
  void begin_transport(const TrainingView& view);
  [[nodiscard]] at::Tensor code(const Context& context) const;  // e(c)
  // What is subtracted from cells whose control population has the mean `centre`.
  [[nodiscard]] at::Tensor origin(const at::Tensor& centre) const { return settings_.relative ? centre : origin_; }

  CmongeSettings settings_;
  Task task_;
  RandomStream stream_;
  std::uint64_t seed_;
  std::unique_ptr<LatentSpace> latent_;
  SetFeatures features_;
  ContextMap map_;
  Adam adam_;
  std::shared_ptr<const ot::Cost> cost_;
  at::Tensor centres_;  // e of the training contexts [K, L]
  at::Tensor origin_;   // their mean [L]
  at::Tensor scale_;    // s, scalar
  at::Tensor unit_;     // mean cost, scalar
  at::Tensor floor_;    // scalar: 0 when no training value is negative, else the lowest float
  at::Tensor stress_;   // of mode_of_action, scalar
};

}  // namespace brenier::models
