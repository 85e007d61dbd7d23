// Which training contexts an asked context is like, and how much of each one's displacement it takes.
//
// A context is described by its actions with doses and by its control population: e = mean latent of the control cells
// [L]. For a set of candidate training contexts k the weights are a Gaussian kernel whose width follows the nearest
// one:
//
//   d_k^2  = |e - e_k|^2 / D + sum_a (log10 dose_a - log10 dose_ka)^2,   D = median squared distance of two training e
//   w_k    = exp(-(d_k^2 - d_min^2) / (2 s^2 d_min^2)),  normalised to 1
//
// so a training context gets itself alone (d_min = 0), an unseen cell type shares the maps of similar types, and an
// unseen dose lies between its neighbours. Keys are compared by distance, never by dot product, so the nearest dose
// wins. Candidates: the training contexts with exactly the asked action set; if there are none, for each asked action
// the smallest training sets that contain it, one kernel each, added up (displacements of A and B compose to A+B).
//
// s is chosen inside the training contexts: leave one out, predict its mean from the others, R2 in gene space; of the
// widths within one standard error of the best the widest wins (Breiman et al. 1984, the one-standard-error rule).
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "models/model.h"

namespace brenier::models {

class ContextKernel final {
 public:
  ContextKernel(std::int64_t contexts, std::int64_t actions, std::int64_t width);

  // Contexts of the view; `latents` [n, L] holds the encoded cells of the view.
  void fit(const TrainingView& view, const at::Tensor& latents);
  // Chooses s; `retention` as in CondotSettings. No-op (s = 1) when fewer than 3 contexts can be left out.
  void choose_bandwidth(const TrainingView& view, double retention);
  void set_bandwidth(double bandwidth);

  // kappa [K] for actions [A] (doses, 0 when absent) and descriptor e [L]; training context `without` is left out.
  // Throws kData when an action is in no training context.
  [[nodiscard]] at::Tensor weights(const at::Tensor& actions, const at::Tensor& descriptor,
                                   std::int64_t without = -1) const;

  [[nodiscard]] const at::Tensor& doses() const { return doses_; }              // [K, A]
  [[nodiscard]] const at::Tensor& descriptors() const { return descriptors_; }  // e_k [K, L]
  [[nodiscard]] const at::Tensor& shifts() const { return shifts_; }            // mean treated latent - e_k [K, L]
  [[nodiscard]] double bandwidth() const;
  [[nodiscard]] State state() const;  // shares storage
  // TorchScript kernel_weights(self, actions, descriptor) -> kappa.
  [[nodiscard]] Script script() const;

 private:
  [[nodiscard]] at::Tensor block(const at::Tensor& candidates, const at::Tensor& wanted, const at::Tensor& actions,
                                 const at::Tensor& descriptor) const;

  at::Tensor doses_;
  at::Tensor descriptors_;
  at::Tensor shifts_;
  at::Tensor spread_;     // D, scalar
  at::Tensor bandwidth_;  // s, scalar
};

}  // namespace brenier::models
