// Optimal transport between Gaussians for the cost |x - y|^2, in closed form: with and without entropy.
//
//   W2^2(N(m, A), N(n, B)) = |m - n|^2 + bures_squared(A, B)
//   bures_squared(A, B)    = tr A + tr B - 2 tr (A^1/2 B A^1/2)^1/2
//   T                      = A^-1/2 h(A^1/2 B A^1/2) A^-1/2,    x -> n + T (x - m) moves one onto the other
//
// and with V = min <P, C> + eps KL(P | product), eps = 2 s, D = (4 A^1/2 B A^1/2 + s^2)^1/2, d features:
//
//   V = |m - n|^2 + tr A + tr B - tr D + d s (1 - log 2 s) + s log det(D + s)
//   h(u) = ((4 u + s^2)^1/2 - s) / 2      (eps = 0: the square root): then T is the entropic map of problem/
//
// Sums run over the eigenvalues of A^1/2 B A^1/2 in forms without cancellation, so eps = 0 and singular covariances
// need no case of their own. Directions in which A has no spread count as 0 in T: where B has some, no linear map
// reaches it. Time O(D^3). Matrices as check_covariance asks (kData); sizes that differ: kData; eps < 0 or not finite:
// kUsage. Sources: gelbrich1990formula (distance and map), janati2020gaussian (theorem 1: V and the plan).
#pragma once

#include "ot/gaussian/gaussian_measure.h"

namespace brenier::ot {

// At least 0.
[[nodiscard]] double bures_squared(const at::Tensor& A, const at::Tensor& B);

// W2^2, squared like wasserstein_1d's; take the root for the distance.
[[nodiscard]] double gaussian_w2_squared(const GaussianMeasure& from, const GaussianMeasure& to);

// T [D, D] with the dtype of A, symmetric positive semi-definite.
[[nodiscard]] at::Tensor gaussian_map(const at::Tensor& A, const at::Tensor& B, double epsilon = 0);

// V; W2^2 at eps = 0.
[[nodiscard]] double gaussian_entropic_value(const GaussianMeasure& from, const GaussianMeasure& to, double epsilon);

// V(p, q) - V(p, p) / 2 - V(q, q) / 2: the Sinkhorn divergence.
[[nodiscard]] double gaussian_divergence(const GaussianMeasure& from, const GaussianMeasure& to, double epsilon);

}  // namespace brenier::ot
