// The rules of the house (HACKING.md), each as a function from one file to its violations: "path:line: what is wrong".
// An empty answer means that the file keeps the rule.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace brenier::house {

using Violations = std::vector<std::string>;

// Includes follow the arrows core <- data, core <- ot <- models, core <- runtime, all of these <- train <- apps;
// HDF5 is seen by data only; our own headers are included with quotes from the repository root.
[[nodiscard]] Violations check_arrows(const SourceFile& file);

// No header includes an umbrella header of torch: each costs every includer ten seconds.
[[nodiscard]] Violations check_torch_headers(const SourceFile& file);

// Headers start with `#pragma once`; no anonymous namespace and no `using namespace`, which clash in a unity build.
[[nodiscard]] Violations check_cpp_habits(const SourceFile& file);

// The library rooms do not write to standard output: that belongs to the command.
[[nodiscard]] Violations check_no_printing(const SourceFile& file);

// A C++, CMake or script file has at most kMaxLines lines.
inline constexpr std::size_t kMaxLines = 400;
[[nodiscard]] Violations check_length(const SourceFile& file);

// No path of somebody's machine (a test may use the home of `someone`) and no note to self.
[[nodiscard]] Violations check_words(const SourceFile& file);

// Every citation key (a name and a year, such as the one of Bunne 2022) is listed as **key** in REFERENCES.md.
[[nodiscard]] Violations check_citations(const SourceFile& file, const std::string& references);

// A file under configs/ is a JSON object with a `$schema` that is an address or an existing file beside it.
[[nodiscard]] Violations check_config(const SourceFile& file, const std::filesystem::path& root);

}  // namespace brenier::house
