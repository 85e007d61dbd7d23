// Real data sets that are too large for the repository. A test that needs one skips with a message when it is absent:
//
//   const auto path = shared_data("perturbation/kang_pbmc_ifnb.h5ad");
//   if (!path) GTEST_SKIP() << shared_data_missing("perturbation/kang_pbmc_ifnb.h5ad");
//
// They lie in the folder named by the environment variable BRENIER_SHARED_DATA, else in ../shared/data beside the
// repository.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace brenier::tests {

// The path of the file or folder, or nothing when it is not there.
[[nodiscard]] std::optional<std::filesystem::path> shared_data(const std::string& relative);

// "data set 'x.h5ad' is not in /a/b/shared/data; set BRENIER_SHARED_DATA to the folder that has it"
[[nodiscard]] std::string shared_data_missing(const std::string& relative);

}  // namespace brenier::tests
