// What a score over several contexts needs of one of them, for one method: moments instead of cells, so that a hundred
// contexts fit into memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/context.h"
#include "train/metric/comparison.h"

namespace brenier::train {

struct Moments {
  std::int64_t cells = 0;
  at::Tensor mean;      // float64 [G]
  at::Tensor variance;  // float64 [G], divisor n - 1; NaN for one cell
};

struct ContextProfile {
  Context context;
  std::vector<std::int64_t> target_genes;  // columns of genes that are named like an action of the context
  Moments predicted;
  Moments truth;
  Moments control;
  Moments predicted_control;
  // Filled when a metric asks for them, else NaN.
  double predicted_energy = std::numeric_limits<double>::quiet_NaN();  // energy distance to control, all pairs
  double true_energy = std::numeric_limits<double>::quiet_NaN();
  double predicted_significant = std::numeric_limits<double>::quiet_NaN();  // numbers of genes
  double true_significant = std::numeric_limits<double>::quiet_NaN();
};

struct ProfileNeeds {
  bool energy = false;
  bool significant = false;
};

// `all`: every cell; `near`: the cells for distances between all pairs.
[[nodiscard]] ContextProfile make_profile(const Context& context, const std::vector<std::int64_t>& target_genes,
                                          const Comparison& all, const Comparison& near, const ProfileNeeds& needs);

// The columns of the genes that are named like an action.
[[nodiscard]] std::vector<std::int64_t> target_genes(const Context& context, const std::vector<std::string>& genes);

}  // namespace brenier::train
