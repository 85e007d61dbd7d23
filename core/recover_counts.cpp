#include "core/recover_counts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace brenier {
namespace recover_counts_detail {

constexpr int kLargestSmallestCount = 10;

bool is_whole(double value) {
  const double tolerance = std::clamp(1e-6 * value, 1e-2, 0.1);
  return std::abs(value - std::round(value)) <= tolerance;  // not for infinity
}

// The place of the first value that is no multiple of the unit.
std::optional<std::size_t> first_fraction(std::span<const float> cell, double unit) {
  for (std::size_t k = 0; k < cell.size(); ++k) {
    if (!is_whole(std::expm1(static_cast<double>(cell[k])) / unit)) return k;
  }
  return std::nullopt;
}

}  // namespace recover_counts_detail

std::optional<std::size_t> recover_counts(std::span<float> cell) {
  namespace detail = recover_counts_detail;
  float smallest = std::numeric_limits<float>::infinity();
  for (const float x : cell) {
    if (x > 0.0F) smallest = std::min(smallest, x);
  }
  if (!std::isfinite(smallest)) return std::nullopt;
  const double least = std::expm1(static_cast<double>(smallest));
  std::optional<std::size_t> wrong;
  for (int q = 1; q <= detail::kLargestSmallestCount; ++q) {
    const double unit = least / q;
    const auto fraction = detail::first_fraction(cell, unit);
    if (!fraction) {
      for (float& x : cell) x = static_cast<float>(std::round(std::expm1(static_cast<double>(x)) / unit));
      return std::nullopt;
    }
    if (!wrong) wrong = fraction;
  }
  return wrong;
}

bool are_whole(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return v == std::floor(v); });
}

}  // namespace brenier
