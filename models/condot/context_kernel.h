// Which training contexts an asked context is like, and how much of each one's displacement it takes.
//
// A context is described by its actions with doses, by its control population (e = mean latent of the control cells
// [L]), and, when there are tables of descriptors, by the traits t of its covariates. The weights of candidate training
// contexts are a Gaussian kernel whose width follows the nearest one:
//
//   d_k^2  = |e - e_k|^2 / D_e + |t - t_k|^2 / D_t + r_k,   D = median squared distance of two training contexts
//   w_k    = exp(-(d_k^2 - d_min^2) / (2 s^2 d_min^2)),  normalised to 1
//
// so a training context gets itself alone (d_min = 0) and an unseen cell type shares the maps of similar types. Keys
// are compared by distance, never by dot product, so the nearest dose wins. What r_k and the candidates are:
//
//   by actions: r_k = sum_a (log10 dose_a - log10 dose_ka)^2, candidates the training contexts with exactly the asked
//   set.
//     When there are none, displacements add up over actions and are those of weighted least squares over all training
//     contexts: kappa = q pinv(V I) V with I [K, A] which actions a context has, q which are asked for, V = diag(v),
//     v_k = exp(-(d_k^2 - d_min^2) / (4 s^2 d_min^2)) not below 0.05; the solution of least norm shares what no context
//     tells apart. Entries can be negative. An action that nothing is known of counts as the mean of all training
//     actions; one that only a table knows takes the contexts with the fewest actions by r_k = |F_a - p_k|^2 / D_p.
//   by place (the set as a whole, set_features.h): r_k = |p - p_k|^2 / D_p, candidates those of the asked set where
//     training has it, else all training contexts.
//
// With `line`, a context of one action mixes the two training doses around it, linearly on the scale of doses, instead
// of weighing all of them; outside the training range it takes the nearest.
//
// With `axis` (one numeric covariate, and actions compared one by one), the contexts of the asked set are mixed the
// same way between the two training values around the asked one; beyond the training range the nearest is taken.
//
// s is chosen inside the training contexts: leave one out, predict its mean from the others, R2 in gene space; of the
// widths within one standard error of the best the widest wins (Breiman et al. 1984, the one-standard-error rule).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/model.h"

namespace brenier::models {

struct KernelSettings {
  bool by_place = false;
  bool line = false;
  bool log_doses = true;   // scale of the line
  std::int64_t axis = -1;  // which trait is the only numeric covariate; -1: none
};

struct ContextQuery {
  at::Tensor actions;    // [A] doses of the training actions, 0 when absent
  at::Tensor centre;     // e [L]
  at::Tensor place;      // p [m], by place
  at::Tensor traits;     // t [p]
  at::Tensor others;     // [n, m] rows F of asked actions that only a table knows
  double unknown = 0.0;  // number of asked actions that nothing is known of
};

class ContextKernel final {
 public:
  // K contexts, A actions, L, and the widths of places and traits.
  ContextKernel(std::int64_t contexts, std::int64_t actions, std::int64_t width, std::int64_t place = 0,
                std::int64_t traits = 0, KernelSettings settings = {});

  // Contexts of the view; `latents` [n, L] holds the encoded cells of the view, places [K, m], traits [K, p].
  void fit(const TrainingView& view, const at::Tensor& latents, const at::Tensor& places = {},
           const at::Tensor& traits = {});
  // Chooses s; `retention` as in CondotSettings. No-op (s = 1) when fewer than 3 contexts can be left out.
  void choose_bandwidth(const TrainingView& view, double retention);
  void set_bandwidth(double bandwidth);

  // kappa [K], how much of each displacement; training context `without` is left out. Throws kData when an action is in
  // no training context.
  [[nodiscard]] at::Tensor weights(const ContextQuery& query, std::int64_t without = -1) const;
  // The same for actions [A] and e [L] alone.
  [[nodiscard]] at::Tensor weights(const at::Tensor& actions, const at::Tensor& centre,
                                   std::int64_t without = -1) const;

  // kappa as shares of maps: not negative, sum at most 1.
  [[nodiscard]] static at::Tensor shares(const at::Tensor& kappa);

  [[nodiscard]] const at::Tensor& doses() const { return doses_; }              // [K, A]
  [[nodiscard]] const at::Tensor& descriptors() const { return descriptors_; }  // e_k [K, L]
  [[nodiscard]] const at::Tensor& shifts() const { return shifts_; }            // mean treated latent - e_k [K, L]
  [[nodiscard]] double bandwidth() const;
  [[nodiscard]] State state() const;  // shares storage
  // TorchScript kernel_weights(self, actions, centre, place, traits, others, unknown) -> kappa.
  [[nodiscard]] Script script() const;

 private:
  [[nodiscard]] at::Tensor distance(const ContextQuery& query, const at::Tensor& place, bool with_axis = true) const;
  [[nodiscard]] at::Tensor block(const at::Tensor& candidates, const at::Tensor& wanted, const ContextQuery& query,
                                 const at::Tensor& plain) const;
  [[nodiscard]] at::Tensor along_axis(const at::Tensor& candidates, const at::Tensor& wanted,
                                      const ContextQuery& query) const;
  [[nodiscard]] at::Tensor composed(const ContextQuery& query, const at::Tensor& wanted,
                                    const at::Tensor& allowed) const;
  [[nodiscard]] at::Tensor by_actions(const ContextQuery& query, const at::Tensor& allowed) const;

  KernelSettings settings_;
  at::Tensor doses_;
  at::Tensor descriptors_;
  at::Tensor shifts_;
  at::Tensor places_;        // p_k [K, m]
  at::Tensor traits_;        // t_k [K, p]
  at::Tensor spread_;        // D_e, scalar
  at::Tensor place_spread_;  // D_p
  at::Tensor trait_spread_;  // D_t
  at::Tensor bandwidth_;     // s, scalar
};

}  // namespace brenier::models
