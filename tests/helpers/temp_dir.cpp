#include "tests/helpers/temp_dir.h"

#include <stdlib.h>  // mkdtemp, of POSIX

#include <cerrno>
#include <system_error>

namespace brenier::tests {

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "brenier-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a temporary folder " + name);
  }
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  if (!ignored) return;
  // A test may have taken rights away from a folder inside; give them back and try once more.
  for (auto entry = std::filesystem::recursive_directory_iterator(
           path_, std::filesystem::directory_options::skip_permission_denied, ignored);
       !ignored && entry != std::filesystem::recursive_directory_iterator(); entry.increment(ignored)) {
    std::filesystem::permissions(entry->path(), std::filesystem::perms::owner_all, std::filesystem::perm_options::add,
                                 ignored);
  }
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace brenier::tests
