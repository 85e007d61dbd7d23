#include "train/differential/false_discovery.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace brenier::train {

std::vector<double> adjust_p_values(const std::vector<double>& p_values) {
  std::vector<double> adjusted = p_values;
  for (double& p : adjusted) {
    if (std::isnan(p)) p = 1.0;
  }
  std::vector<std::size_t> order(adjusted.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return adjusted[a] < adjusted[b]; });
  const auto m = static_cast<double>(order.size());
  double least = 1.0;
  for (std::size_t i = order.size(); i-- > 0;) {
    double& p = adjusted[order[i]];
    least = std::min(least, p * m / static_cast<double>(i + 1));
    p = least;
  }
  return adjusted;
}

}  // namespace brenier::train
