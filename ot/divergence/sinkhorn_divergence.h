// The Sinkhorn divergence: entropic transport without its bias.
//
//   S(a, b) = V(a, b) - V(a, a) / 2 - V(b, b) / 2 + eps / 2 (mass_a - mass_b)^2
//
// with V as in problem/linear_problem.h at one absolute epsilon. At least 0 for the costs of distances, 0 exactly when
// both measures are equal (feydy2019interpolating; with unbalanced sides sejourne2019divergence, equation (26), whose
// mass term makes it so). Self problems are solved symmetrically, f = g, with averaged updates: a handful of
// iterations. Differentiable in x, y, a, b, epsilon by envelopes: no linear system. Reference::kProduct only (kUsage).
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "ot/sinkhorn/sinkhorn.h"

namespace brenier::ot {

struct DivergenceSettings {
  SinkhornSettings sinkhorn;
  // The second measure is fixed (data): its self term is a constant without gradients, and is skipped when its value is
  // known from an earlier call.
  bool static_b = false;
  std::optional<double> value_bb;
};

struct DivergenceOutput {
  at::Tensor value;  // S, one number
  SinkhornOutput xy;
  SinkhornOutput xx;
  std::optional<SinkhornOutput> yy;  // none when value_bb was given
  double value_bb = 0;
  // The worst of the three solves.
  [[nodiscard]] SinkhornStatus status() const;
};

// `problem` on a point cloud with a symmetric cost. Its epsilon scale is that of x against y, for all three terms.
[[nodiscard]] DivergenceOutput sinkhorn_divergence(const LinearProblem& problem,
                                                   const DivergenceSettings& settings = {});

// The same for many problems, all their terms side by side (batch/sinkhorn_batch.h). value_bb must not be given
// (kUsage): each problem has its own.
[[nodiscard]] std::vector<DivergenceOutput> sinkhorn_divergence_batch(const std::vector<LinearProblem>& problems,
                                                                      const DivergenceSettings& settings = {});

}  // namespace brenier::ot
