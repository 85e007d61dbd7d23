// Numbers from text, independent of the locale.
#pragma once

#include <optional>
#include <string>

namespace brenier {

// The finite number that the whole text is, blanks around it aside; nullopt for anything else ("", "1a", "nan", "+1").
[[nodiscard]] std::optional<double> finite_number(const std::string& text);

}  // namespace brenier
