#include "core/finite_number.h"

#include <charconv>
#include <cmath>
#include <system_error>

namespace brenier {

std::optional<double> finite_number(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return std::nullopt;
  const char* end = text.data() + text.find_last_not_of(' ') + 1;
  double value = 0.0;
  const auto [stop, status] = std::from_chars(text.data() + first, end, value);
  if (status != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace brenier
