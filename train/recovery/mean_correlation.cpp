#include "train/recovery/mean_correlation.h"

#include <cmath>
#include <limits>

namespace brenier::train {

double mean_correlation(const Matching& matching) {
  if (matching.score.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0.0;
  for (const double score : matching.score) sum += std::abs(score);
  return sum / static_cast<double>(matching.score.size());
}

}  // namespace brenier::train
