// Cells of the causal chain u_i = e_i + max(u_{i-1}, 0) of zhang2023discrepancy, for tests.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/random.h"
#include "tests/models/tensor_view.h"

namespace brenier::tests {

inline constexpr std::int64_t kChainLatents = 3;

// [n, 2 * kChainLatents]: the latents and as many zeros; an intervention adds 4 to its target.
inline at::Tensor chain_cells(std::uint64_t seed, std::int64_t n, const std::set<std::int64_t>& targets) {
  RandomStream stream(seed, "chain");
  auto cells = at::zeros({n, 2 * kChainLatents});
  auto values = cells.accessor<float, 2>();
  for (std::int64_t b = 0; b < n; ++b) {
    for (std::int64_t i = 0; i < kChainLatents; ++i) {
      const float above = i > 0 ? std::max(values[b][i - 1], 0.0F) : 0.0F;
      values[b][i] = static_cast<float>(stream.normal()) + above + (targets.contains(i) ? 4.0F : 0.0F);
    }
  }
  return cells;
}

inline Context chain_context(const std::set<std::int64_t>& targets) {
  std::vector<Action> actions;
  for (const auto target : targets) actions.push_back({"u" + std::to_string(target), 1.0});
  return make_context(std::move(actions), {});
}

// The single interventions on `targets`, all against the same control cells.
inline TensorView chain_view(const std::set<std::int64_t>& targets, std::int64_t n) {
  TensorView view(2 * kChainLatents);
  const auto control = view.add_cells(chain_cells(1, n, {}));
  for (const auto target : targets) {
    const auto treated = view.add_cells(chain_cells(2 + static_cast<std::uint64_t>(target), n, {target}));
    view.add(chain_context({target}), control, treated);
  }
  return view;
}

}  // namespace brenier::tests
