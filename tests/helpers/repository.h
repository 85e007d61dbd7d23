// Files of the repository that tests read: oracle files, shipped configs, sources.
#pragma once

#include <filesystem>
#include <string>

namespace brenier::tests {

// The absolute path of a file or folder given relative to the repository root, for example
// repository_file("tests/oracle/pca/scores.npy"). The file need not exist.
[[nodiscard]] std::filesystem::path repository_file(const std::string& relative);

}  // namespace brenier::tests
