// A fresh empty folder that disappears, with all that is in it, at the end of the scope.
#pragma once

#include <filesystem>
#include <string>

namespace brenier::tests {

class TempDir final {
 public:
  // Makes the folder in the system's place for temporary files (TMPDIR). Throws std::system_error when it cannot.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // dir / "a.txt" is a path inside the folder; nothing is made there.
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace brenier::tests
