#include "train/differential/tail_probability.h"

#include <cmath>
#include <numbers>
#include <unsupported/Eigen/SpecialFunctions>

namespace brenier::train {

double normal_two_sided(double z) { return std::erfc(std::abs(z) / std::numbers::sqrt2); }

double student_two_sided(double t, double nu) {
  if (std::isnan(t) || std::isnan(nu)) return t + nu;
  if (std::isinf(t)) return 0.0;
  const double squared = t * t;
  // Below t = 1 the tail is large, and the complement I_{1 - x}(1/2, nu/2) has all digits of 1 - x = t^2 / (nu + t^2).
  if (squared < 1.0) return 1.0 - Eigen::numext::betainc(0.5, 0.5 * nu, squared / (nu + squared));
  return Eigen::numext::betainc(0.5 * nu, 0.5, nu / (nu + squared));
}

}  // namespace brenier::train
