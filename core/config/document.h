// A config as composed from files and the command line, before it is read into structs.
//
// compose(): loads a JSON file; merges the files of its "defaults" in order (each relative to the file that names it,
// recursively, cycles refused), then its own keys (objects merge, everything else replaces), then overrides:
//   a.b=c    sets an existing path (or a path the schema knows); the value is JSON, a bare word is a string
//   +a.b=c   adds a path that no file states
//   ~a.b     removes a path
// Each stated value remembers the folder that its relative paths start from.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace brenier {

struct ConfigDocument {
  nlohmann::ordered_json root = nlohmann::ordered_json::object();
  std::map<std::string, std::filesystem::path> base;  // JSON pointer of a value -> folder for its relative paths
  std::string name;                                   // for messages: the config file
};

// Throws kUsage: missing file, JSON syntax (line and column), a cycle of defaults, a malformed override.
[[nodiscard]] ConfigDocument compose(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});
// The same from a JSON value in memory; relative paths start from `folder`.
[[nodiscard]] ConfigDocument document_from(nlohmann::ordered_json root, const std::filesystem::path& folder,
                                           std::string name = "config");
// Applies one override ("a.b=c", "+a.b=c", "~a.b") in place; relative paths start from `folder`.
void apply_override(ConfigDocument& document, const std::string& text, const std::filesystem::path& folder);

}  // namespace brenier
