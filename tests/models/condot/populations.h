// Small made-up populations for tests of conditional maps.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "models/nn/initialise.h"
#include "tests/models/tensor_view.h"

namespace brenier::models {

using Populations = tests::TensorView;

// n standard normal cells times `scale` plus `mean` [D].
inline at::Tensor normal_cells(std::uint64_t seed, std::int64_t n, const std::vector<double>& mean,
                               double scale = 1.0) {
  RandomStream stream(seed, "cells");
  return normal_tensor(stream, {n, static_cast<std::int64_t>(mean.size())}, scale) + at::tensor(mean).to(at::kFloat);
}

inline Context drug_in(const std::string& type, std::vector<Action> actions = {{"drug", 1.0}}) {
  return make_context(std::move(actions), {{"type", type}});
}

}  // namespace brenier::models
