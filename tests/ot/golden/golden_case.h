// What the named cases share: settings that solve to the last digits, and comparisons.
#pragma once

#include <ATen/ATen.h>

#include "ot/sinkhorn/settings.h"

namespace brenier::ot::golden_case {

inline SinkhornSettings exact(double threshold = 1e-13) {
  SinkhornSettings settings;
  settings.threshold = threshold;
  settings.max_iterations = 200000;
  settings.implicit.tolerance = 1e-13;
  return settings;
}

// Alternating updates and nothing else.
inline SinkhornSettings plain(double threshold = 1e-13) {
  auto settings = exact(threshold);
  settings.annealing_factor = 1;
  settings.relaxation = 1;
  settings.newton = false;
  return settings;
}

// Entries of -inf on both sides agree.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
  const auto same = a.detach() == b.detach();
  const auto apart = (a.detach() - b.detach()).abs().to(at::kDouble);
  return at::where(same, at::zeros_like(apart), apart).max().item<double>();
}

// 1 - <P, Q> / (|P| |Q|).
inline double cosine_distance(const at::Tensor& P, const at::Tensor& Q) {
  return 1 - ((P * Q).sum() / (P.norm() * Q.norm())).item<double>();
}

}  // namespace brenier::ot::golden_case
