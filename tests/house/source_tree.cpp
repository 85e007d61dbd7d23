#include "tests/house/source_tree.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace brenier::house {

namespace source_tree_detail {

bool is_skipped_folder(const std::filesystem::path& folder) {
  const std::string name = folder.filename().string();
  if (name == ".ci") return false;
  if (name.starts_with(".") || name == "build" || name == "runs" || name == "node_modules") return true;
  return std::filesystem::exists(folder / "CMakeCache.txt");
}

bool is_text(const std::filesystem::path& file) {
  static constexpr std::array<std::string_view, 14> kExtensions = {
      "", ".h", ".cpp", ".cmake", ".txt", ".json", ".md", ".py", ".sh", ".in", ".yaml", ".yml", ".csv", ".html"};
  const std::string extension = file.extension().string();
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace source_tree_detail

std::string SourceFile::room() const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::vector<SourceFile> read_source_tree(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(root);
       entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    if (entry->is_directory()) {
      if (source_tree_detail::is_skipped_folder(entry->path())) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || !source_tree_detail::is_text(entry->path())) continue;
    files.push_back({entry->path().lexically_relative(root).generic_string(), source_tree_detail::read(entry->path())});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

}  // namespace brenier::house
