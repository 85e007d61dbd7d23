#include "train/recovery/largest_shifts.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "core/error.h"
#include "core/shape.h"

namespace brenier::train {

at::Tensor largest_shifts(const at::Tensor& shifts, std::int64_t count) {
  check_shape(shifts, "shifts", "[A, L]");
  const auto sizes = shifts.to(at::kDouble).abs();
  const auto order = sizes.argsort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
  auto masks = at::zeros_like(sizes);
  masks.scatter_(1, order.narrow(1, 0, std::min(count, shifts.size(1))), 1.0);
  return masks * sizes.gt(0.0).to(at::kDouble);
}

at::Tensor mean_shifts(const at::Tensor& latents, const at::Tensor& action_of, std::int64_t actions) {
  ShapeLetters letters;
  letters.check(latents, "latents", "[N, L]");
  letters.check(action_of, "actions of cells", "[N]");
  const auto z = latents.to(at::kDouble);
  const auto total = z.mean(0);
  auto sums = at::zeros({actions, z.size(1)}, at::kDouble);
  auto counts = at::zeros({actions}, at::kDouble);
  const auto outside = action_of.ge(actions).logical_or(action_of.lt(-1));
  if (outside.any().item<bool>()) {
    throw Error(ErrorKind::kData, "a cell has an action that is not in the list")
        .found(std::to_string(action_of.masked_select(outside)[0].item<std::int64_t>()))
        .expected("-1.." + std::to_string(actions - 1));
  }
  const auto rows = action_of.ge(0).nonzero().squeeze(1);
  const auto ids = action_of.index_select(0, rows);
  sums.index_add_(0, ids, z.index_select(0, rows));
  counts.index_add_(0, ids, at::ones({ids.size(0)}, at::kDouble));
  const auto means = sums / counts.clamp_min(1.0).unsqueeze(1);
  return at::where(counts.gt(0.0).unsqueeze(1), means - total, at::zeros_like(means));
}

}  // namespace brenier::train
