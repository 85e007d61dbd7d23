#include "train/metric/mmd.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <limits>

namespace brenier::train {
namespace mmd_detail {

constexpr std::array<double, 6> kCellOtGammas = {2.0, 1.0, 0.5, 0.1, 0.01, 0.005};

double mean_kernel(const at::Tensor& distances, double gamma) {
  return distances.mul(-gamma).exp_().mean().item<double>();
}

// Off-diagonal entries of a square matrix, one triangle.
at::Tensor triangle(const at::Tensor& square) {
  const std::int64_t n = square.size(0);
  const at::Tensor index = at::triu_indices(n, n, /*offset=*/1, square.options().dtype(at::kLong));
  return square.index({index.select(0, 0), index.select(0, 1)});
}

}  // namespace mmd_detail

double mmd_squared(const Comparison& comparison, double gamma) {
  const double value = mmd_detail::mean_kernel(comparison.within_predicted(), gamma) +
                       mmd_detail::mean_kernel(comparison.within_truth(), gamma) -
                       2.0 * mmd_detail::mean_kernel(comparison.predicted_to_truth(), gamma);
  return value < 0.0 ? 0.0 : value;  // rounding alone can make it negative; NaN stays NaN
}

double mmd(const Comparison& comparison) {
  double sum = 0.0;
  for (const double gamma : mmd_detail::kCellOtGammas) sum += mmd_squared(comparison, gamma);
  return sum / static_cast<double>(mmd_detail::kCellOtGammas.size());
}

double mmd_median(const Comparison& comparison) {
  const at::Tensor pooled =
      at::cat({mmd_detail::triangle(comparison.within_predicted()), mmd_detail::triangle(comparison.within_truth()),
               comparison.predicted_to_truth().reshape({-1})});
  const at::Tensor different = pooled.masked_select(pooled > 0.0);
  if (different.numel() == 0) return std::numeric_limits<double>::quiet_NaN();
  return mmd_squared(comparison, 1.0 / different.median().item<double>());
}

}  // namespace brenier::train
