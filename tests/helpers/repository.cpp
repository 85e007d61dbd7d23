#include "tests/helpers/repository.h"

namespace brenier::tests {

std::filesystem::path repository_file(const std::string& relative) {
  return std::filesystem::path(BRENIER_SOURCE_DIR) / relative;
}

}  // namespace brenier::tests
