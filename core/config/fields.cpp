#include "core/config/fields.h"

#include <cmath>

#include "core/number_text.h"

namespace brenier {

bool Range::contains(double value) const {
  const bool above_low = low_open ? value > low : value >= low;
  const bool below_high = high_open ? value < high : value <= high;
  return above_low && below_high;
}

std::string Range::to_string() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (has_low && has_high) {
    return std::string("in ") + (low_open ? "(" : "[") + number_text(low) + ", " + number_text(high) +
           (high_open ? ")" : "]");
  }
  if (has_low) return (low_open ? "> " : ">= ") + number_text(low);
  if (has_high) return (high_open ? "< " : "<= ") + number_text(high);
  return "any number";
}

}  // namespace brenier
