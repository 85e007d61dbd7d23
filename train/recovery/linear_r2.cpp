#include "train/recovery/linear_r2.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "train/recovery/paired_latents.h"

namespace brenier::train {

double linear_r2(const at::Tensor& latents, const at::Tensor& truth) {
  check_paired_latents(latents, truth);
  auto x = latents.to(at::kDouble);
  auto y = truth.to(at::kDouble);
  const auto scale = y.norm(2, 0);
  x = x - x.mean(0, /*keepdim=*/true);
  y = y - y.mean(0, /*keepdim=*/true);
  const auto varies = y.norm(2, 0) > 1e-14 * scale;
  if (!varies.any().item<bool>()) return std::numeric_limits<double>::quiet_NaN();
  // Columns of one size, so that rounding is judged alike in each.
  const auto sizes = x.norm(2, 0, /*keepdim=*/true);
  x = x / at::where(sizes > 0.0, sizes, at::ones_like(sizes));
  const auto [left, singular, right] = at::linalg_svd(x, /*full_matrices=*/false);
  (void)right;
  const double rounding = std::numeric_limits<double>::epsilon() * static_cast<double>(std::max(x.size(0), x.size(1)));
  const auto kept = singular > rounding * singular.max();
  const auto explained = (left * kept.to(at::kDouble)).t().mm(y).square().sum(0);
  const auto r2 = (explained / y.square().sum(0)).clamp(0.0, 1.0);
  return r2.masked_select(varies).mean().item<double>();
}

}  // namespace brenier::train
