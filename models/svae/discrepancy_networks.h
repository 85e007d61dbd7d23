// The networks of the discrepancy-VAE, all in float64 (zhang2023discrepancy):
//
//   encoder    q(z | x) = N(m(x), diag v(x)),  v = softplus(.)     cells [B, G] -> z [B, L], exogenous variables
//   targets    t_a = softmax(temperature f(e_a)) in the simplex of latents, e_a one-hot; or the unit vector of the
//              action's latent when targets are known                                              [A, L]
//   shifts     s_a, a number an action; the shift of z is s_a t_a, actions add up, each times its dose   [A, L]
//   causal     u = causal layer of z + shift (causal_layer.h), or u = z + shift                         [B, L]
//   decoder    cells = g(u)                                                                           [B, G]
//
// Encoder, decoder and f are multilayer perceptrons with leaky ReLU (slope 0.2). A starts normal with deviation 0.1,
// shifts at 1.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "models/nn/mlp.h"
#include "models/nn/parameters.h"
#include "models/svae/causal_layer.h"
#include "models/svae/discrepancy_settings.h"
#include "models/training_view.h"

namespace brenier::models {

struct Posterior {
  at::Tensor mean;      // [B, L]
  at::Tensor variance;  // [B, L], above 0
};

class DiscrepancyNetworks final {
 public:
  // Throws kUsage for known targets that are not one action a latent, naming them, and for a task without actions.
  DiscrepancyNetworks(const DiscrepancySettings& settings, const Task& task, RandomStream& stream);

  [[nodiscard]] std::int64_t latents() const { return latents_; }
  [[nodiscard]] const std::vector<at::Tensor>& trainable() const { return parameters_.tensors(); }
  void append_to(State& state, const std::string& prefix) const { parameters_.append_to(state, prefix); }

  [[nodiscard]] Posterior encode(const at::Tensor& cells) const;
  [[nodiscard]] at::Tensor targets(double temperature) const;
  [[nodiscard]] const at::Tensor& shifts() const { return shifts_; }  // [A]
  [[nodiscard]] at::Tensor causal(const at::Tensor& exogenous) const;
  [[nodiscard]] at::Tensor decode(const at::Tensor& latents) const;
  // sum_{j < i} |A_ji|; 0 without a causal layer.
  [[nodiscard]] at::Tensor edge_sum() const;
  // The strict upper triangle of A; undefined without a causal layer.
  [[nodiscard]] at::Tensor edges() const;

  // Methods encoder(x), causal(e), decoder(u) with their tensors.
  [[nodiscard]] std::string script() const;
  void append_script_tensors(State& tensors) const;

 private:
  std::int64_t latents_;
  std::string output_;
  std::optional<CausalKind> causal_;
  Parameters parameters_;
  Mlp encoder_;
  Mlp decoder_;
  std::optional<Mlp> targets_;
  at::Tensor known_;  // [A, L] when targets are known
  at::Tensor shifts_;
  at::Tensor edges_;
};

}  // namespace brenier::models
