// Gaussian Monge maps between the control and treated populations of each training context.
//
//   A_k = S1^-1/2 (S1^1/2 S2 S1^1/2)^1/2 S1^-1/2,   T_k(x) = A_k x + m_k      (x centred; neural_ot: Gelbrich 1990)
//   S   = (n cov + nu pooled) / (n + nu) + ridge I: a context with few cells leans on the pooled covariance
//
// As quadratics of the PICNN pair: g_k(x) = 1/2 |M (x - s)|^2 with M = A^1/2, s = -A^-1 m; f_k the same with A^-1 and s
// = m.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace brenier::models {

struct GaussianPair {
  at::Tensor source;  // [N, D], centred
  at::Tensor target;  // [M, D], relative to the source's mean
};

struct Quadratics {
  at::Tensor factors;  // M [K, D, D]
  at::Tensor centres;  // s [K, D]
};

struct GaussianMaps {
  Quadratics forward;  // of g: source -> target
  Quadratics inverse;  // of f: target -> source
};

// The map between two Gaussians, [D, D] symmetric positive definite, float64 (Takatsu 2011, eq. for A above).
[[nodiscard]] at::Tensor gaussian_map(const at::Tensor& source_covariance, const at::Tensor& target_covariance);

// One pair a training context. `prior_cells` is nu; ridge is absolute (the caller scales its data). Throws kNumerical
// when a covariance is not finite.
[[nodiscard]] GaussianMaps gaussian_maps(const std::vector<GaussianPair>& pairs, double prior_cells, double ridge);

}  // namespace brenier::models
