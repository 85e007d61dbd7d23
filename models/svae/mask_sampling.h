// Binary masks drawn so that a gradient passes: hard Gumbel-sigmoid with a straight-through derivative.
//
//   s = sigmoid((logit + log u - log(1 - u)) / t),  u uniform in (0, 1)      forward: 1[s > 1/2], backward: ds / dlogit
//
// so P(mask = 1) = sigmoid(logit), and the derivative is s (1 - s) / t: what it is on average is the derivative of
// E[s], not of E[1[s > 1/2]]; both agree as t -> 0. Source: jang2017gumbel; lopez2023svae, section 4.
#pragma once

#include <cmath>

namespace brenier::models {

struct DrawnMask {
  double value;  // 0 or 1
  double slope;  // ds / dlogit >= 0
};

[[nodiscard]] inline double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : 1 - 1 / (1 + std::exp(x)); }

// `odds` exp(logit) > 0, `sharpness` 1 / t.
[[nodiscard]] inline DrawnMask draw_mask(double odds, double u, double sharpness) {
  const double safe = std::fmax(u, 0x1p-54);  // an infinity times 0 has no value
  double ratio = odds * safe / (1 - safe);    // s / (1 - s) at temperature 1
  if (sharpness != 1) ratio = std::pow(ratio, sharpness);
  const double less = ratio > 1 ? 1 / ratio : ratio;  // in [0, 1] also where the ratio is infinite
  return {ratio > 1 ? 1.0 : 0.0, sharpness * less / ((1 + less) * (1 + less))};
}

// A penalty of a mask's probability p = sigmoid(logit) and its derivative by the logit.
struct MaskPenalty {
  double value;
  double slope;
};

// -log Beta(p; 1, gamma) = -log gamma - (gamma - 1) log(1 - p); derivative (gamma - 1) p. Finite for every logit.
[[nodiscard]] inline MaskPenalty beta_penalty(double logit, double gamma) {
  const double softplus = std::fmax(logit, 0.0) + std::log1p(std::exp(-std::fabs(logit)));  // -log(1 - p)
  return {-std::log(gamma) + (gamma - 1) * softplus, (gamma - 1) * sigmoid(logit)};
}

// KL(Bernoulli(p) | Bernoulli(prior)); derivative p (1 - p) (logit - logit of the prior).
[[nodiscard]] inline MaskPenalty bernoulli_divergence(double logit, double prior) {
  const double p = sigmoid(logit);
  const double softplus = std::fmax(logit, 0.0) + std::log1p(std::exp(-std::fabs(logit)));
  const double prior_logit = std::log(prior) - std::log1p(-prior);
  return {p * (logit - prior_logit) - softplus - std::log1p(-prior), p * (1 - p) * (logit - prior_logit)};
}

}  // namespace brenier::models
