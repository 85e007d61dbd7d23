#include "core/text_width.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace brenier {
namespace text_width_detail {

struct Interval {
  std::uint32_t first;
  std::uint32_t last;
};

// The blocks that Unicode's EastAsianWidth.txt calls W or F, joined across small gaps.
constexpr std::array<Interval, 12> kWide = {{{0x1100, 0x115F},
                                             {0x2E80, 0x303E},
                                             {0x3041, 0x33FF},
                                             {0x3400, 0x4DBF},
                                             {0x4E00, 0x9FFF},
                                             {0xA000, 0xA4CF},
                                             {0xAC00, 0xD7A3},
                                             {0xF900, 0xFAFF},
                                             {0xFE30, 0xFE6F},
                                             {0xFF00, 0xFF60},
                                             {0x1F300, 0x1FAFF},
                                             {0x20000, 0x3FFFD}}};
// Combining marks, zero-width characters and variation selectors.
constexpr std::array<Interval, 7> kZero = {{{0x0300, 0x036F},
                                            {0x1AB0, 0x1AFF},
                                            {0x1DC0, 0x1DFF},
                                            {0x200B, 0x200F},
                                            {0x20D0, 0x20FF},
                                            {0xFE00, 0xFE0F},
                                            {0xFE20, 0xFE2F}}};

template <std::size_t N>
bool within(const std::array<Interval, N>& intervals, std::uint32_t code) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [code](const Interval& i) { return code >= i.first && code <= i.last; });
}

struct Character {
  std::size_t bytes = 1;
  std::size_t width = 1;
};

// The character that starts at `at`.
Character character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xF0 && lead < 0xF8 ? 4
                             : lead >= 0xE0                ? 3
                             : lead >= 0xC0                ? 2
                                                           : 1;
  if (length == 1 || lead >= 0xF8 || at + length > text.size()) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(at + i) & 0x3FU);
  }
  return {length, within(kZero, code) ? 0U : within(kWide, code) ? 2U : 1U};
}

}  // namespace text_width_detail

std::size_t text_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = text_width_detail::character_at(text, at);
    width += character.width;
    at += character.bytes;
  }
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  std::string result;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto character = text_width_detail::character_at(text, at);
    if (used + character.width > width) break;
    used += character.width;
    const bool control = static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7F;
    result += control ? std::string(1, ' ') : std::string(text.substr(at, character.bytes));
    at += character.bytes;
  }
  return result;
}

}  // namespace brenier
