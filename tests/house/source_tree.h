// The text files of the repository, as the rules of the house see them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace brenier::house {

struct SourceFile {
  std::string path;  // relative to the repository root, with '/'
  std::string text;

  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  [[nodiscard]] bool is_cpp() const { return path.ends_with(".h") || path.ends_with(".cpp"); }
  [[nodiscard]] bool is_json() const { return path.ends_with(".json"); }
  // The first folder of the path, "core" for "core/io/npy.h"; "" for a file in the root.
  [[nodiscard]] std::string room() const;
};

// Lines without their line ends. The views live as long as `text`.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

// Every text file below `root`, sorted by path. Left out: hidden folders other than .ci, build folders, runs/, and
// files that are data (.npy, .h5ad, ...). Throws std::runtime_error when a file cannot be read.
[[nodiscard]] std::vector<SourceFile> read_source_tree(const std::filesystem::path& root);

}  // namespace brenier::house
