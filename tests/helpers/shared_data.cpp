#include "tests/helpers/shared_data.h"

#include <cstdlib>

#include "tests/helpers/repository.h"

namespace brenier::tests {

namespace shared_data_detail {

std::filesystem::path folder() {
  const char* chosen = std::getenv("BRENIER_SHARED_DATA");
  if (chosen != nullptr && *chosen != '\0') return chosen;
  return repository_file("../shared/data").lexically_normal();
}

}  // namespace shared_data_detail

std::optional<std::filesystem::path> shared_data(const std::string& relative) {
  std::filesystem::path path = shared_data_detail::folder() / relative;
  if (std::filesystem::exists(path)) return path;
  return std::nullopt;
}

std::string shared_data_missing(const std::string& relative) {
  return "data set '" + relative + "' is not in " + shared_data_detail::folder().string() +
         "; set BRENIER_SHARED_DATA to the folder that has it";
}

}  // namespace brenier::tests
