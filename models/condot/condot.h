// CondOT: one conditional Monge map for all contexts, T(x | c) = grad_x g(x | c) with a PICNN pair f, g
// (bunne2022condot).
//
// Space: z = E(x) in the latent space (autoencoder trained first, principal components, or the genes), relative to the
// mean e of the control population it belongs to and divided by one scale s: xbar = (z - e) / s. Relative coordinates
// let contexts whose baselines differ share a map. With xbar of control cells, ybar of treated cells of one context c:
//   g-step (inner times)  min  E[f(T(xbar|c) | c) - <xbar, T(xbar|c)>] + penalty * sum |max(-W_g, 0)|_F
//   f-step                min  E[f(ybar|c)] - E[f(T(xbar|c) | c)],  then W_f <- max(W_f, 0)
// (makkuva2020icnn eq. 6; bunne2022condot section 3; other positivity by settings). No double backward, no autograd:
// nn/dual_trainer.h. With dual = single, f is not used: min E[g(xbar|c)] + E[g*(ybar|c)] (nn/single_trainer.h).
//
// What c is: kappa [K], the weights of training contexts (context_kernel.h), and the input of the context path: kappa
// again, or a description of the set of actions (set_features.h, deep_set.h) with the covariates. An unseen context is
// described by its control population, its doses, and by rows of tables where there are some.
//
// With `relative` false e is one mean for all contexts, as in CellOT.
//
// Prediction for a control population with mean latent e:
//   z' = e + s (T(xbar|c) + a) - (1 - retention) (e - sum_k kappa_k e_k / sum_k kappa_k),   x' = D(z')
// a is the anchor: the constant that makes the mean displacement sum_k kappa_k shift_k (in training contexts: the
// observed one). x' is cut at 0 when no training value is negative. Other readouts of the decoded pair a = D(z), b =
// D(z'):
//   residual  x' = x + b - a,    fold  x' = x + b - a where b >= a, else x b / a  (a, b cut at 0, plus 0.05)
//
// Stages: "autoencoder" (only with that latent kind), "transport".
// Errors: kUsage when K L^2 quadratics would not fit (L > 1024); kData for an unknown perturbation,
// and for readout fold when a training value is negative.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/random.h"
#include "models/condot/context_kernel.h"
#include "models/condot/deep_set.h"
#include "models/condot/set_features.h"
#include "models/condot/settings.h"
#include "models/latent/latent_space.h"
#include "models/model.h"
#include "models/nn/adam.h"
#include "models/nn/dual_trainer.h"
#include "models/nn/picnn.h"
#include "models/nn/single_trainer.h"

namespace brenier::models {

inline constexpr double kFoldOffset = 0.05;  // keeps ratios of small decoded values near 1

class Condot final : public Model {
 public:
  Condot(const CondotSettings& settings, const Task& task, std::uint64_t seed);

  [[nodiscard]] std::string kind() const override { return "condot"; }
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

  // The map of one context on relative, scaled coordinates, without the anchor: [B, L] -> [B, L].
  [[nodiscard]] at::Tensor transport(const at::Tensor& relative, std::int64_t training_context) const;

 private:
  struct ContextInput {
    at::Tensor kappa;   // [K] for the potentials: shares of maps when the anchor sets the mean
    at::Tensor means;   // [K] for mean displacements
    at::Tensor path;    // [C] of g
    at::Tensor f_path;  // [C] of f: another one only with a learned combinator
    at::Tensor items;   // [n, m] with a learned combinator
    at::Tensor rest;    // what follows the set in the path
  };
  [[nodiscard]] bool trains_latent() const { return settings_.latent.kind == "autoencoder"; }
  [[nodiscard]] ContextInput context_input(const Context& context, const at::Tensor& centre) const;
  // What is subtracted from cells whose control population has the mean `centre`.
  [[nodiscard]] at::Tensor origin(const at::Tensor& centre) const { return settings_.relative ? centre : origin_; }
  void fit_contexts(const TrainingView& view, const at::Tensor& latents);
  void place_actions(const TrainingView& view, const at::Tensor& latents);
  void set_step(const ContextInput& input, const DualLosses& losses, double learning_rate);
  void begin_transport(const TrainingView& view);
  [[nodiscard]] at::Tensor read_out(const at::Tensor& control, const at::Tensor& before, const at::Tensor& after) const;

  CondotSettings settings_;
  Task task_;
  RandomStream stream_;
  std::unique_ptr<LatentSpace> latent_;
  SetFeatures features_;
  ContextKernel kernel_;
  Picnn f_;
  Picnn g_;
  Adam f_adam_;
  Adam g_adam_;
  DualTrainer trainer_;
  SingleTrainer single_trainer_;
  std::unique_ptr<DeepSet> f_set_, g_set_;  // combinator deepset
  std::unique_ptr<Adam> f_set_adam_, g_set_adam_;
  at::Tensor stress_;  // of mode_of_action, scalar
  std::uint64_t seed_;
  at::Tensor origin_;  // [L] of all coordinates when they are not relative: mean of the training e
  at::Tensor scale_;   // s, scalar
  at::Tensor floor_;   // scalar: 0 when no training value is negative, else the lowest float
};

}  // namespace brenier::models
