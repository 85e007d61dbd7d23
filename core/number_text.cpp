#include "core/number_text.h"

#include <array>
#include <charconv>
#include <system_error>

namespace brenier {

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

std::string fixed_text(double value, int digits) {
  std::array<char, 400> buffer{};  // 309 digits before the point at most
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits);
  if (result.ec != std::errc()) return number_text(value);
  return {buffer.data(), result.ptr};
}

}  // namespace brenier
