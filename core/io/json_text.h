// JSON text to values, with errors that show the place, and values back to short text for messages.
//
// Stricter than the parser alone: a key stated twice in one object is an error (one of the two values would be lost
// without a word), and so is nesting deeper than kMaxJsonDepth.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.h"

namespace brenier {

inline constexpr int kMaxJsonDepth = 100;

// Throws `kind` with the name, line, column and the offending line. Numbers beyond double are errors too.
[[nodiscard]] nlohmann::ordered_json parse_json(std::string_view text, const std::string& name,
                                                ErrorKind kind = ErrorKind::kUsage);

// The value as JSON on one line, cut to about `limit` bytes ("[1, 2, ...").
[[nodiscard]] std::string shortened_json(const nlohmann::ordered_json& value, std::size_t limit = 60);

}  // namespace brenier
