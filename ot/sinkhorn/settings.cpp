#include "ot/sinkhorn/settings.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/number_text.h"

namespace brenier::ot {
namespace settings_detail {

void check(bool good, const std::string& name, double value, const std::string& expected) {
  if (good) return;
  throw Error(ErrorKind::kUsage, "a setting of Sinkhorn's algorithm is out of range")
      .at(name)
      .found(number_text(value))
      .expected(expected);
}

}  // namespace settings_detail

std::string to_string(SinkhornStatus status) {
  switch (status) {
    case SinkhornStatus::kConverged:
      return "converged";
    case SinkhornStatus::kMaxIterations:
      return "max_iterations";
    case SinkhornStatus::kStalled:
      return "stalled";
    case SinkhornStatus::kCancelled:
      return "cancelled";
  }
  throw Error(ErrorKind::kDefect, "a status of Sinkhorn's algorithm has no name");
}

SinkhornSettings memory_for(SinkhornSettings settings, bool wants_gradient) {
  if (!wants_gradient) {
    settings.kept_bytes = 0;
  } else if (!settings.plan_bytes) {
    settings.plan_bytes = settings.implicit.plan_bytes;
  }
  if (settings.plan_bytes) settings.implicit.plan_bytes = std::min(settings.implicit.plan_bytes, *settings.plan_bytes);
  return settings;
}

void check_settings(const SinkhornSettings& settings) {
  using settings_detail::check;
  check(settings.threshold > 0 && std::isfinite(settings.threshold), "threshold", settings.threshold,
        "a finite number above 0");
  check(settings.max_iterations > 0, "max_iterations", static_cast<double>(settings.max_iterations), "at least 1");
  check(settings.min_iterations >= 0, "min_iterations", static_cast<double>(settings.min_iterations), "at least 0");
  check(settings.fixed_iterations >= 0, "fixed_iterations", static_cast<double>(settings.fixed_iterations),
        "at least 0");
  check(settings.annealing_factor > 0 && settings.annealing_factor <= 1, "annealing_factor", settings.annealing_factor,
        "a number in (0, 1]");
  check(settings.annealing_start >= 0 && std::isfinite(settings.annealing_start), "annealing_start",
        settings.annealing_start, "a finite number of at least 0");
  check(settings.relaxation >= 0 && settings.relaxation < 2, "relaxation", settings.relaxation,
        "0 (automatic) or a number in (0, 2)");
  check(settings.plan_bytes.value_or(0) >= 0, "plan_bytes", static_cast<double>(settings.plan_bytes.value_or(0)),
        "at least 0");
  check(settings.implicit.tolerance >= 0 && settings.implicit.tolerance < 1, "implicit.tolerance",
        settings.implicit.tolerance, "0 (automatic) or a number in (0, 1)");
  check(settings.implicit.max_iterations > 0, "implicit.max_iterations",
        static_cast<double>(settings.implicit.max_iterations), "at least 1");
}

}  // namespace brenier::ot
