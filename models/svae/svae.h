// Sparse-mechanism-shift VAEs: which latents an action moves, and by how much. settings.h lists the five kinds.
//
// Training maximises the evidence lower bound over all training cells, treated and control (control: no shift):
//   J = N mean over cells [-log p(x | z) + beta w_t KL] + w_t penalty          svae_plus, sams_vae
//   J =   mean over cells [-log p(x | z) + beta w_t KL] + w_t penalty          vae, ivae, svae (as published)
// with N the number of training cells and w_t = min(1, step / warmup_steps). Gradients are written by hand
// (vae_network.h, point_shifts.h, guided_shifts.h). Adding shifts of several actions is our extension to all kinds; the
// published sVAE+ takes a combination as an action of its own.
//
// Masks are learned with everything else from random axes, which ends in mixtures of mechanisms. With rotation_step the
// shifts are learned first without a penalty, then the latent is rotated to where they are sparsest
// (sparse_rotation.h), then masks are penalised: the bound does not change under the rotation, and the masks start from
// the right axes. From refine_step on masks are 0 or 1 and the penalty, which also holds back masks that are needed, is
// gone. Networks of svae_plus learn with the mean over cells, as those of an iVAE do; shifts and masks with the sum, as
// their penalty: the published code has the sum for both, for which Adam's epsilon is nothing.
//
// Prediction: control cells -> posterior mean z (no shift), to = z + sum_a d_a 1[p_a > 1/2] o mu_a; the cell times the
// change of the decoded shares of its genes (counts), or plus that of the decoded mean (Gaussian): readout 'residual'.
// 'direct' is the decoded mean itself, with counts at the library size of the control cell; means of counts have none
// of the zeros that logarithms of real cells have, so they compare badly with them. Covariates have no part in it: they
// reach the latent through the cells. Learning unseen actions (MechanismModel): new_shifts.h where the encoder does not
// see the shift; Adam on the bound else.
//
// Stages: with gamma_rule 'held_out' one for each of `gammas`, "gamma 10", in which a share of the actions is left out
// (left_out.h); each is scored by how well those are learned from few cells (few_shot.h). Then "vae" with all cells and
// the gamma of the best score. Losses: reconstruction, kl, penalty, mask_density. Errors: kData for values that are no
// counts, for a model with shifts without training contexts, and for an unknown action in a prediction.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/mechanism_model.h"
#include "models/model.h"
#include "models/nn/adam.h"
#include "models/svae/action_design.h"
#include "models/svae/left_out.h"
#include "models/svae/settings.h"
#include "models/svae/shifts.h"
#include "models/svae/vae_network.h"

namespace brenier::models {

class Svae final : public Model, public MechanismModel {
 public:
  Svae(const SvaeSettings& settings, const Task& task, std::uint64_t seed);
  ~Svae() override;

  [[nodiscard]] std::string kind() const override { return settings_.variant; }
  [[nodiscard]] const Task& task() const override { return task_; }
  [[nodiscard]] Vocabulary vocabulary() const override;
  [[nodiscard]] bool takes_counts() const override { return settings_.likelihood == "negative_binomial"; }
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

 private:
  struct Network;  // everything that is trained

  [[nodiscard]] std::unique_ptr<Network> make_network(double gamma, std::size_t stage) const;
  [[nodiscard]] at::Tensor shift_of(const Context& context) const;                       // [L]
  [[nodiscard]] at::Tensor shift_rows(const Context& context, std::int64_t rows) const;  // [rows, L]
  // `fresh`: the names of the actions that are learned.
  [[nodiscard]] at::Tensor regress_shifts(const std::vector<ContextCells>& contexts,
                                          const std::vector<std::string>& fresh) const;
  void add_shifts(const at::Tensor& shifts, const std::vector<std::string>& fresh);
  void fit_shifts(const std::vector<ContextCells>& contexts, const std::vector<std::string>& fresh, std::uint64_t seed,
                  Reporter& reporter);
  void copy_known(const Svae& from);
  void rotate();
  void refine();
  [[nodiscard]] bool penalizes_masks() const;
  [[nodiscard]] std::int64_t masks_settled() const;  // Stage::settled
  [[nodiscard]] double score_left_out(const TrainingView& view) const;

  SvaeSettings settings_;
  Task task_;
  std::uint64_t seed_;
  ActionDesign design_;
  LeftOut left_out_;  // while gammas are compared
  std::unique_ptr<Network> network_;
  at::Tensor cells_;     // N, float64 scalar
  at::Tensor origin_;    // mean latent of control cells [L]
  at::Tensor counters_;  // of the random streams [3]
  at::Tensor scores_;    // of `gammas`, float64; 0 before they are known
  at::Tensor gamma_;     // of the present stage, float64 scalar
  at::Tensor prior_;     // ShiftPrior of new actions, float64 [4]
  RandomStream masks_;
  RandomStream noise_;
  RandomStream dropout_;
};

}  // namespace brenier::models
