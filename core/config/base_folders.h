// Which folder the relative paths of each config value start from: JSON pointer of a leaf -> folder.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace brenier {

using BaseFolders = std::map<std::string, std::filesystem::path>;

// Notes `folder` for every leaf of the value that lies at `pointer`.
void record_base(BaseFolders& base, const std::string& pointer, const nlohmann::ordered_json& value,
                 const std::filesystem::path& folder);
// Forgets the value at `pointer` and everything inside it.
void forget_base(BaseFolders& base, const std::string& pointer);
// Both: the value at `pointer` was replaced.
void restate_base(BaseFolders& base, const std::string& pointer, const nlohmann::ordered_json& value,
                  const std::filesystem::path& folder);
// Moves what is noted at `from`, and inside it, to `to` (an array item that changed its index).
void move_base(BaseFolders& base, const std::string& from, const std::string& to);

}  // namespace brenier
