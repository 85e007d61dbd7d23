// A convex potential with random weights, in float64.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "models/nn/icnn.h"
#include "models/nn/initialise.h"

namespace brenier::models {

inline Potential random_potential(std::int64_t d, const std::vector<std::int64_t>& hidden, Activation activation,
                                  std::uint64_t seed) {
  RandomStream stream(seed, "random potential");
  Potential potential(PotentialLayout(d, hidden), activation, at::kDouble);
  auto parts = potential.parts();
  const auto m = normal_tensor(stream, {d, d}, 0.5, at::kDouble);
  parts.quadratic.copy_(m.t().mm(m));
  parts.linear.copy_(normal_tensor(stream, {d}, 0.5, at::kDouble));
  for (auto& a : parts.a) a.copy_(normal_tensor(stream, a.sizes().vec(), 0.7, at::kDouble));
  for (auto& b : parts.b) b.copy_(normal_tensor(stream, b.sizes().vec(), 0.7, at::kDouble));
  for (auto& w : parts.w) w.copy_(uniform_tensor(stream, w.sizes().vec(), 0.0, 0.6, at::kDouble));
  potential.complete();
  return potential;
}

}  // namespace brenier::models
