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

// Cells of training context k, drawn with replacement.
inline Batch draw_batch(const Populations& view, std::size_t k, std::int64_t control, std::int64_t treated,
                        std::uint64_t seed) {
  RandomStream stream(seed, "batch");
  const auto pick = [&](const std::vector<std::int64_t>& rows, std::int64_t n) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < n; ++i)
      chosen.push_back(rows[static_cast<std::size_t>(stream.below(static_cast<std::int64_t>(rows.size())))]);
    return view.rows(chosen);
  };
  Batch batch;
  batch.context = static_cast<std::int64_t>(k);
  batch.control = pick(view.contexts()[k].control, control);
  batch.treated = pick(view.contexts()[k].treated, treated);
  return batch;
}

}  // namespace brenier::models
