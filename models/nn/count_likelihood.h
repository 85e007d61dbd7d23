// Log-likelihoods of cells and their gradients, written by hand: one pass over each row.
//
// Negative binomial with observed library size (lopez2018scvi, lopez2023svae), mean mu_bg = library_b
// softmax_g(logits_b), inverse dispersion theta_g = exp(r_g), variance mu + mu^2 / theta:
//
//   log p(x_bg) = lgamma(x + theta) - lgamma(theta) - lgamma(x + 1) + theta log(theta / (theta + mu))
//                 + x log(mu / (theta + mu))
//
// Gaussian with a deviation for each gene, s_g = exp(log_deviation_g):
//
//   log p(x_bg) = -((x - mean) / s)^2 / 2 - log s - log(2 pi) / 2
//
// Counts need not be whole; they must not be negative (not checked here). Sums over genes are float64. With float32
// inputs everything but lgamma and digamma, which are float64, is computed in float32: log p of a cell is good to about
// 1e-6 of the sum of |log p_g|. Stable for theta from 1e-3 to 1e4, logits in +-50 around their mean, counts to 1e5.
// Nothing depends on the thread count, a row not on its neighbours. Throws kDefect for tensors of wrong shape or dtype.
#pragma once

#include <ATen/core/Tensor.h>

namespace brenier::models {

struct LikelihoodTerms {
  at::Tensor log_likelihood;       // float64 [B]: sum over genes
  at::Tensor output_gradient;      // [B, G]: of sum_b log p_b with respect to logits (resp. mean)
  at::Tensor dispersion_gradient;  // [G]: with respect to r (resp. log_deviation)
};

// counts, logits [B, G], library [B], log_dispersion [G]: float32 or float64, all alike. Without `gradients` only the
// first field is filled.
[[nodiscard]] LikelihoodTerms negative_binomial(const at::Tensor& counts, const at::Tensor& library,
                                                const at::Tensor& logits, const at::Tensor& log_dispersion,
                                                bool gradients);
// cells, mean [B, G], log_deviation [G].
[[nodiscard]] LikelihoodTerms gaussian(const at::Tensor& cells, const at::Tensor& mean, const at::Tensor& log_deviation,
                                       bool gradients);

}  // namespace brenier::models
