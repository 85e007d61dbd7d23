// Shifts of actions that a trained model did not know, from the posterior means of their cells, under what the known
// actions say about shifts in general.
//
// Contexts k with N_k cells, doses d_k [F] of the new actions and r_k [L] the mean of their cells' posterior means less
// what known actions add. Where the encoder does not see the shift, the bound depends on the new shifts v [F, L]
// through
//
//   sum_k N_k |r_k - d_k v|^2 / 2       a linear regression:  G = sum_k N_k d_k d_k^T,  b = sum_k N_k d_k^T r_k
//   v_aj ~ often N(0, large) + (1 - often) N(0, small)
//
// and v is its posterior mean, where the mean of n cells is off by N(0, noise / n). From many cells that is the
// regression; from few it is nearly 0 where an action seems to move little, which is most of a latent space in which
// actions move few latents. For new actions that share contexts the mean-field posterior, coordinate by coordinate from
// the regression (carbonetto2012spike). Of actions that are only ever seen together the sum is what cells tell; what
// each has of it is arbitrary, and may still drift by little when the sweeps end.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::models {

struct ShiftPrior {
  double often = 1.0;  // share of entries that are moved, in (0, 1]
  double large = 1.0;  // mean square of those, > 0
  double small = 0.0;  // of the others, >= 0: what masks leave out
  double noise = 1.0;  // variance of posterior means in cells of one action, > 0
};

// gram [F, F] symmetric, moment [F, L]: float64 [F, L]. An action without cells has no shift.
[[nodiscard]] at::Tensor new_shifts(const at::Tensor& gram, const at::Tensor& moment, const ShiftPrior& prior);

}  // namespace brenier::models
