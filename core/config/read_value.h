// One JSON value into one C++ value. Each function returns what the value must be ("must be a number >= 0") when it is
// not that, leaving the target as it was, or an empty string.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config/fields.h"

namespace brenier {

// Whole numbers may be written 1000, 1e3 or 1000.0; a boolean is never a number. Text and booleans ignore the range.
[[nodiscard]] std::string read_value(const nlohmann::ordered_json& json, bool& value, const Range& range);
[[nodiscard]] std::string read_value(const nlohmann::ordered_json& json, std::int64_t& value, const Range& range);
[[nodiscard]] std::string read_value(const nlohmann::ordered_json& json, double& value, const Range& range);
[[nodiscard]] std::string read_value(const nlohmann::ordered_json& json, std::string& value, const Range& range);
[[nodiscard]] std::string read_choice(const nlohmann::ordered_json& json, std::string& value,
                                      const std::vector<std::string>& allowed);

// "a list of texts, ..." for the type of the items.
[[nodiscard]] std::string list_wanted(const std::vector<std::string>& values);
[[nodiscard]] std::string list_wanted(const std::vector<std::int64_t>& values);
[[nodiscard]] std::string list_wanted(const std::vector<double>& values);

// A path as stated in a config of `folder`: empty and absolute stay, "~/x" is taken from $HOME, the rest from `folder`.
[[nodiscard]] std::string resolve_config_path(const std::string& stated, const std::filesystem::path& folder);

}  // namespace brenier
