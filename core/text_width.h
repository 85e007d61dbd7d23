// How wide a UTF-8 text is on a terminal, whatever the locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace brenier {

// Columns: 0 for combining marks, 2 for wide East Asian characters and emoji, 1 for all else, also for a byte that is
// not UTF-8.
[[nodiscard]] std::size_t text_width(std::string_view text);
// The longest start of the text that is at most `width` columns wide; control characters become spaces.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace brenier
