// The discrepancy-VAE: control cells are encoded into exogenous variables, an intervention shifts few of them, a causal
// graph carries the shift on, and the decoded cells must be distributed as the treated ones (zhang2023discrepancy).
//
//   z ~ q(z | x), x control     yhat = g(causal(z + sum_a dose_a s_a t_a))      xhat = g(causal(z))
//   min  alpha D(yhat, y) + mean |xhat - x|^2 + beta KL(q(z|x) | N(0, I)) + lambda sum |A|
//
// D: kernel_discrepancy.h; networks, targets t, shifts s and A: discrepancy_networks.h; y treated cells of the same
// context, not paired with x. The mean of |xhat - x|^2 is over cells and genes, KL over cells. alpha, beta and the
// softmax temperature follow ramps over the steps. Covariates have no part. float64 inside, cells in and out in their
// own type.
//
// Prediction: yhat of each control cell, z drawn from q(z | x) as in the published evaluation (with `draw` false its
// mean); the draw is a fixed function of cell and seed (cell_noise.h), so predictions repeat exactly.
//
// As a MechanismModel: masks are the targets (rows sum to 1), shifts s_a for every latent, latents u = causal(m(x)),
// the causal variables of the posterior mean. With e = z + shift a treated cell has e ~ N(shift, I) and x | e ~
// N(g(causal(e)), I), q(e | x) as for control cells: log_likelihood is the importance-weighted bound of that. A learned
// action gets free target logits and a shift, fitted by D of predictions for stored control cells, all else frozen;
// known targets stay a softmax (they are no bits to be rounded).
//
// One stage "discrepancy"; losses discrepancy (D), reconstruction, divergence (KL), edges.
// Errors: kData for a context without control or treated cells and for unknown perturbations, kUsage for targets that
// do not fit the latents.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/random.h"
#include "models/mechanism_model.h"
#include "models/model.h"
#include "models/nn/adam.h"
#include "models/svae/cell_noise.h"
#include "models/svae/discrepancy_networks.h"
#include "models/svae/discrepancy_settings.h"

namespace brenier::models {

class DiscrepancyVae final : public Model, public MechanismModel {
 public:
  DiscrepancyVae(const DiscrepancySettings& settings, const Task& task, std::uint64_t seed);

  [[nodiscard]] std::string kind() const override { return "discrepancy_vae"; }
  [[nodiscard]] const Task& task() const override { return task_; }
  [[nodiscard]] Vocabulary vocabulary() const override;
  [[nodiscard]] std::vector<Stage> stages() const override;
  void begin_stage(std::size_t stage, const TrainingView& view) override;
  Losses step(const Batch& batch, const StepInfo& info) override;
  void end_training(const TrainingView& view) override;
  [[nodiscard]] at::Tensor predict(const at::Tensor& control, const Context& context) const override;
  [[nodiscard]] State state() const override;
  void load_state(const State& state) override;
  [[nodiscard]] Script export_script() const override;

  [[nodiscard]] Mechanisms mechanisms() const override;
  [[nodiscard]] at::Tensor latents(const at::Tensor& cells, const Context& context) const override;
  [[nodiscard]] at::Tensor log_likelihood(const at::Tensor& cells, const Context& context, std::int64_t samples,
                                          RandomStream& stream) const override;
  [[nodiscard]] std::unique_ptr<Model> learn_actions(const std::vector<ContextCells>& contexts, std::uint64_t seed,
                                                     Reporter& reporter) const override;

  // The strict upper triangle of A [L, L]; undefined without a causal layer.
  [[nodiscard]] at::Tensor edges() const { return networks_.edges(); }

 private:
  // Actions that training did not have.
  struct Learned {
    std::vector<std::string> names;
    at::Tensor logits;  // [A', L]
    at::Tensor shifts;  // [A']
  };
  // Populations of one context while actions are learned.
  struct Lesson {
    at::Tensor cells;  // float64 [N, G]
    at::Tensor doses;  // float64 [A + A']
  };

  [[nodiscard]] std::int64_t width() const { return std::ssize(task_.genes); }
  // Targets [A + A', L] and the shift of each action [A + A', 1], the trained ones at this temperature.
  [[nodiscard]] std::pair<at::Tensor, at::Tensor> targets_and_shifts(double temperature) const;
  [[nodiscard]] at::Tensor shift_of(const Context& context, double temperature) const;  // [L]
  [[nodiscard]] at::Tensor doses(const Context& context) const;                         // float64 [A + A']
  [[nodiscard]] at::Tensor generated(const at::Tensor& exogenous) const;                // g(causal(e))
  [[nodiscard]] at::Tensor draw_reference(std::int64_t count, RandomStream& stream) const;
  [[nodiscard]] std::vector<Lesson> lessons(const std::vector<ContextCells>& contexts) const;
  void start_learned(const std::vector<Lesson>& lessons);
  void fit_learned(const std::vector<Lesson>& lessons, std::uint64_t seed, Reporter& reporter);

  DiscrepancySettings settings_;
  Task task_;
  std::uint64_t seed_;
  RandomStream weights_;
  DiscrepancyNetworks networks_;
  Adam adam_;
  CellNoise noise_;
  RandomStream draws_;
  at::Tensor counter_;   // of draws_, int64
  Posterior reference_;  // of control cells [R, L]; standard normal before training
  Learned learned_;
};

}  // namespace brenier::models
