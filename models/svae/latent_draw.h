// The Gaussian latent of a variational autoencoder: drawn from its posterior, compared with its prior, and the
// gradients of both, row by row.
//
// out [R, 2 L] holds m and r:   q(z | x) = N(m, diag v),  v = exp(r) + 1e-4,   basal = m + sqrt(v) e,  e ~ N(0, I)
//   prior mode     z = basal,       prior N(s, I)
//   additive mode  z = basal + s,   prior N(0, I) of basal
//   KL = 1/2 sum_j (v_j + (m_j - c_j)^2 - 1 - log v_j),   c = s in prior mode, 0 in additive mode
// Source: kingma2014vae, appendix B; lopez2023svae; bereket2023sams, eq. 1.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/random.h"

namespace brenier::models {

struct LatentDraw {
  at::Tensor noise;   // e [R, L]
  at::Tensor z;       // [R, L]
  double divergence;  // KL summed over rows
};

// shifts s [R, L], of the dtype of `out`.
[[nodiscard]] LatentDraw draw_latent(const at::Tensor& out, const at::Tensor& shifts, bool additive,
                                     RandomStream& stream);

struct LatentGradient {
  at::Tensor out;     // [R, 2 L]
  at::Tensor shifts;  // [R, L]
};

// Of loss + weight * KL, with `gradient` [R, L] that of the loss by z.
[[nodiscard]] LatentGradient latent_gradient(const LatentDraw& draw, const at::Tensor& out, const at::Tensor& shifts,
                                             bool additive, const at::Tensor& gradient, double weight);

// m and v, and log p(z) - log q(z) of each row of a draw, float64 [R].
[[nodiscard]] at::Tensor posterior_mean(const at::Tensor& out);
[[nodiscard]] at::Tensor posterior_variance(const at::Tensor& out);
[[nodiscard]] at::Tensor log_prior_over_posterior(const LatentDraw& draw, const at::Tensor& out,
                                                  const at::Tensor& shifts, bool additive);

}  // namespace brenier::models
